import type { ConfigModel, ServerModel } from '../../haproxy/cfg/index.ts';
import { type ServerRow, serverKey } from '../../plan/index.ts';
import { slotsOf } from '../instance/config-facts.ts';

const FROM_CONFIG_MAINT = 1 | 4;
const CONFIGURED_AND_ENABLED = 2 | 4;

export interface OfflineRows {
  readonly rows: readonly ServerRow[];
  /** Servers whose address or port only HAProxy knows, when it runs: by `serverKey`. */
  readonly unknown: ReadonlySet<string>;
}

/**
 * The servers as HAProxy would show them right after a start without a state file. Ids may be anything: HAProxy finds the
 * lines of a state file by name (2.6.12, 3.0.11 and 3.2.26 alike).
 */
export function offlineRows({ proxies }: ConfigModel): OfflineRows {
  const rows: ServerRow[] = [];
  const unknown = new Set<string>();
  for (const { name: backend, servers } of proxies)
    for (const model of servers)
      for (const server of slotsOf(model)) {
        if (!isKnown(model)) unknown.add(serverKey(backend, server));
        rows.push(rowOf(model, backend, server));
      }
  return { rows, unknown };
}

/** A port that is counted down from the client's (`-1`) is shown in no way that was measured. */
function isKnown({ rawAddress, portText = '' }: ServerModel): boolean {
  return !rawAddress.includes('$') && !portText.startsWith('-');
}

function rowOf(model: ServerModel, backend: string, server: string): ServerRow {
  const isSrv = model.host.startsWith('_');
  const weight = model.weight ?? 1;
  return {
    backendId: 1,
    backend,
    serverId: 1,
    server,
    address: model.isLiteralIp ? model.host : null,
    // `+10` is shown and read as 10; a socket's path and a line without a port as 0.
    port: model.port ?? (Number(model.portText ?? 0) || 0),
    operationalState: model.disabled ? 0 : 2,
    adminFlags: model.disabled ? FROM_CONFIG_MAINT : 0,
    userWeight: weight,
    initialWeight: weight,
    secondsSinceChange: 0,
    checkState: model.check && model.track === undefined ? CONFIGURED_AND_ENABLED : 0,
    agentState: model.agentCheck ? CONFIGURED_AND_ENABLED : 0,
    useSsl: model.effective.includes('ssl'),
    fqdn: null,
    srvRecord: isSrv ? model.host : null,
  };
}
