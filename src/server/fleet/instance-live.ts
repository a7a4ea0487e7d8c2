import type { InstanceReport, IntentStatus, ServerReport } from '../../api/index.ts';

/**
 * One instance as its agent last reported it. Mutable: reports are differences, and a fleet has tens of thousands
 * of rows a second. `version` changes when anything but the age does, so that what was made from it can be kept.
 */
export interface InstanceLive {
  readonly node: string;
  readonly name: string;
  report: Omit<InstanceReport, 'servers' | 'gone' | 'intents' | 'full' | 'readAgeMs'>;
  /** Monotonic time of the reading, by the server's clock; null when there was none. */
  readAt: number | null;
  readonly servers: Map<string, ServerReport>;
  readonly statuses: Map<string, IntentStatus>;
  version: number;
  /** Changes when a server appears or vanishes, or what is known of its checks may have. */
  inventoryVersion: number;
}

/** `backend/server`: neither name can hold a slash. */
export function rowKey({ backend, server }: { readonly backend: string; readonly server: string }): string {
  return `${backend}/${server}`;
}

export function createInstanceLive(node: string, report: InstanceReport): InstanceLive {
  const { name, groups, mode, reading } = report;
  return {
    node,
    name,
    report: { name, groups, mode, reading },
    readAt: null,
    servers: new Map(),
    statuses: new Map(),
    version: 0,
    inventoryVersion: 0,
  };
}

export interface ReportEffect {
  readonly rowsChanged: boolean;
  readonly statusesChanged: boolean;
  /** Servers appeared or vanished: the inventory is to be stored again. */
  readonly inventoryChanged: boolean;
}

/** Folds a report into what is known. `now` is the server's monotonic time of its arrival. */
export function applyReport(live: InstanceLive, incoming: InstanceReport, now: number): ReportEffect {
  const { servers, gone, intents, full, readAgeMs, ...report } = incoming;
  if (full) {
    live.servers.clear();
    live.statuses.clear();
  }
  const added = servers.filter((row) => !live.servers.has(rowKey(row))).length;
  for (const row of servers) live.servers.set(rowKey(row), row);
  for (const row of gone) live.servers.delete(rowKey(row));
  for (const status of intents) live.statuses.set(status.id, status);
  const aboutChanged = JSON.stringify(live.report) !== JSON.stringify(report);
  live.report = report;
  live.readAt = readAgeMs === null ? null : now - readAgeMs;
  const rowsChanged = full || servers.length > 0 || gone.length > 0;
  if (rowsChanged || intents.length > 0 || aboutChanged) live.version++;
  const inventoryChanged = full || added > 0 || gone.length > 0;
  if (inventoryChanged) live.inventoryVersion++;
  return { rowsChanged, statusesChanged: full || intents.length > 0 || aboutChanged, inventoryChanged };
}

export function ageMs(live: Pick<InstanceLive, 'readAt'>, now: number): number | null {
  return live.readAt === null ? null : Math.max(0, Math.round(now - live.readAt));
}
