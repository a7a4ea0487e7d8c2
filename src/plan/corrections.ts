import { type Operation, targetOf } from './operation.ts';
import { adminStateOf, hasAgentCheck, hasHealthCheck, isInherited, isStopped } from './server-flags.ts';
import { type InstanceConfig, type ServerConfig, type ServerRow, serverKey } from './types.ts';

export interface CorrectionInput {
  readonly rows: readonly ServerRow[];
  readonly config: InstanceConfig;
  /** Servers that had a line in the state file this worker loaded, and were not looked at since. */
  readonly restored: ReadonlySet<string>;
}

/**
 * What the worker took from our state file and haproxy.cfg says otherwise: a line keeps an old port over a new one, turns ssl off
 * where it was written before `ssl` was added, and a DOWN stays for ever on a server that lost its check.
 */
export function planCorrections({ rows, config, restored }: CorrectionInput): Operation[] {
  if (restored.size === 0) return [];
  return rows
    .filter((row) => restored.has(serverKey(row.backend, row.server)))
    .flatMap((row) => {
      const wanted = config.get(serverKey(row.backend, row.server));
      return wanted ? correctionsOf(row, wanted) : [];
    });
}

function correctionsOf(row: ServerRow, config: ServerConfig): Operation[] {
  const target = targetOf(row, null);
  const operations: Operation[] = [];
  const address = config.address ?? row.address;
  const port = config.port ?? row.port;
  if (address !== null && !(sameAddress(address, row.address) && port === row.port))
    operations.push({ kind: 'set-address', ...target, address, port });
  if (config.ssl !== row.useSsl) operations.push({ kind: 'set-ssl', ...target, on: config.ssl });
  if (isStuckDown(row)) operations.push({ kind: 'set-health-up', ...target });
  return operations;
}

function isStuckDown(row: ServerRow): boolean {
  if (hasHealthCheck(row) || hasAgentCheck(row)) return false;
  return isStopped(row) && !isInherited(row) && adminStateOf(row) !== 'maint';
}

/** `::1` has several spellings; HAProxy shows its own. */
export function sameAddress(a: string, b: string | null): boolean {
  return b !== null && (a === b || (a.includes(':') && b.includes(':') && plainV6(a) === plainV6(b)));
}

function plainV6(address: string): string {
  const url = `http://[${address}]`;
  return URL.canParse(url) ? new URL(url).hostname : address;
}
