import { dirname } from 'node:path';
import type { WireIntent } from '../../api/index.ts';
import { loadConfig, loadsStateFile, stateFileUse } from '../../haproxy/process/index.ts';
import { type ServerStateRow, parseServersState } from '../../haproxy/runtime/index.ts';
import {
  type AspectMemory,
  type InstancePlan,
  type Limits,
  type ServerRow,
  type StateFileInput,
  aspectKey,
  planInstance,
  serverKey,
} from '../../plan/index.ts';
import { readServerFacts } from '../instance/config-facts.ts';
import type { LocalInstance } from '../local-file/schema.ts';
import { offlineRows } from './rows.ts';

export interface OfflineInput {
  readonly local: LocalInstance;
  readonly limits: Limits;
  readonly intents: readonly WireIntent[];
  readonly memory: ReadonlyMap<string, AspectMemory>;
  /** What lies in the place of the state file now. */
  readonly stateFileText: string;
}

export interface OfflineState {
  readonly input: StateFileInput;
  /** haproxy.cfg loads the file in every backend. */
  readonly isLoaded: boolean;
  /** Servers, by `serverKey`, that something is wanted of and that no line can be written for. */
  readonly leftOut: readonly string[];
}

/**
 * What the state file has to say for a HAProxy that does not run: composed from haproxy.cfg and the intents alone, and from
 * the file that stands, which knows who was red and who was taken out by hand.
 * @throws what reading the configuration throws
 */
export function composeOffline({
  local,
  limits,
  intents,
  memory,
  stateFileText,
}: OfflineInput): OfflineState {
  const configs = [local.config].flat();
  const folder = dirname(configs[0] ?? '/');
  const { model } = loadConfig(configs, folder);
  const { rows: fresh, unknown } = offlineRows(model);
  const lines = readLines(stateFileText);
  const plan = (rows: readonly ServerRow[]): InstancePlan =>
    planInstance({
      instance: local.name,
      rows,
      intents,
      memory,
      limits,
      sessions: new Map(),
      worker: '',
      config: facts,
      failures: new Map(),
      restored: new Set(),
    });
  const facts = readServerFacts(model);
  const wanted = new Set(plan(fresh).keep.map(({ key }) => key));
  const seen = fresh.map((row) =>
    withLine(row, lines.get(serverKey(row.backend, row.server)), { memory, wanted }),
  );
  const writable = seen.filter((row) => {
    const key = serverKey(row.backend, row.server);
    return !unknown.has(key) || lines.has(key);
  });
  return {
    input: { rows: writable, keep: plan(writable).keep, config: facts },
    isLoaded: local.stateFile !== undefined && loadsStateFile(stateFileUse(model, folder), local.stateFile),
    leftOut: [...wanted].filter((key) => unknown.has(key) && !lines.has(key)),
  };
}

interface Known {
  readonly memory: ReadonlyMap<string, AspectMemory>;
  /** Servers whose state an intent holds. */
  readonly wanted: ReadonlySet<string>;
}

/** As it was when HAProxy ran last. What an intent did that nobody wants any more is over: a check brings the server in. */
function withLine(row: ServerRow, line: ServerStateRow | undefined, { memory, wanted }: Known): ServerRow {
  if (!line) return row;
  const known = {
    ...row,
    address: row.address ?? line.address,
    port: row.port || line.port,
    fqdn: line.fqdn,
  };
  const isOver =
    memory.has(aspectKey(row.backend, row.server, 'state')) &&
    !wanted.has(serverKey(row.backend, row.server));
  if (isOver) return { ...known, operationalState: row.adminFlags === 0 ? 0 : row.operationalState };
  return { ...known, operationalState: line.operationalState, adminFlags: line.adminFlags };
}

/** A file that nobody can read says nothing, to HAProxy as well. */
function readLines(text: string): ReadonlyMap<string, ServerStateRow> {
  try {
    const rows = text === '' ? [] : parseServersState(text);
    return new Map(rows.map((row) => [serverKey(row.backend, row.server), row]));
  } catch {
    return new Map();
  }
}
