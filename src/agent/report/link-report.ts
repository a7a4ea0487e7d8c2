import type { InstanceReport, IntentStatus, ServerReport } from '../../api/index.ts';
import type { InstanceView } from '../instance/view.ts';

interface Sent {
  readonly rows: Map<string, ServerReport>;
  rowsVersion: number;
  statuses: ReadonlyMap<string, IntentStatus>;
  heading: string;
}

export interface ReportOptions {
  readonly nowMs: number;
  /** True once a poll: then an instance without any change is reported too, for its age. */
  readonly isHeartbeat: boolean;
  /** False while what is held cannot be written: nothing is then said to be done. */
  readonly withStatuses: boolean;
}

/** What one server was told so far, and what it has to be told now. One for each connection. */
export class LinkReport {
  readonly #sent = new Map<string, Sent>();

  /** The reports to send, and as good as sent. */
  next(views: readonly InstanceView[], options: ReportOptions): InstanceReport[] {
    return views.flatMap((view) => this.#instance(view, options) ?? []);
  }

  #instance(
    view: InstanceView,
    { nowMs, isHeartbeat, withStatuses }: ReportOptions,
  ): InstanceReport | undefined {
    const { name } = view.local;
    const known = this.#sent.get(name);
    const sent = known ?? { rows: new Map(), rowsVersion: -1, statuses: new Map(), heading: '' };
    this.#sent.set(name, sent);
    const heading = headingOf(view);
    const { servers, gone } = changedRows(view, sent);
    const intents = withStatuses ? changedStatuses(view, sent) : [];
    const isQuiet = servers.length + gone.length + intents.length === 0 && heading === sent.heading;
    sent.heading = heading;
    if (known && isQuiet && !isHeartbeat) return undefined;
    return { ...reportHead(view, nowMs), full: !known, servers, gone, intents };
  }
}

/** What would be worth a message of its own. */
function headingOf({ reading, error, worker, level, survivesReload }: InstanceView): string {
  return `${reading} ${error?.code} ${worker?.pid} ${worker?.startedAt} ${level} ${survivesReload}`;
}

function reportHead(
  view: InstanceView,
  nowMs: number,
): Omit<InstanceReport, 'full' | 'servers' | 'gone' | 'intents'> {
  const { local, reading, readAtMs, error, worker, level, readOnly, survivesReload } = view;
  return {
    name: local.name,
    groups: local.groups,
    mode: local.mode,
    reading,
    readAgeMs: readAtMs === null ? null : Math.max(0, Math.round(nowMs - readAtMs)),
    ...(error && {
      error: {
        code: error.code,
        message: error.message.slice(0, 2000),
        ...(error.hint !== undefined && { hint: error.hint.slice(0, 1000) }),
      },
    }),
    ...(worker && { worker }),
    ...(level && { level }),
    readOnly,
    ...(survivesReload !== undefined && { survivesReload }),
  };
}

function changedRows(view: InstanceView, sent: Sent): Pick<InstanceReport, 'servers' | 'gone'> {
  const servers: ServerReport[] = [];
  const gone: InstanceReport['gone'] = [];
  if (view.rowsVersion === sent.rowsVersion) return { servers, gone };
  sent.rowsVersion = view.rowsVersion;
  const here = new Set<string>();
  for (const [key, row] of view.reports()) {
    here.add(key);
    if (sent.rows.get(key) === row) continue;
    sent.rows.set(key, row);
    servers.push(row);
  }
  for (const [key, { backend, server }] of here.size < sent.rows.size ? sent.rows : []) {
    if (here.has(key)) continue;
    sent.rows.delete(key);
    gone.push({ backend, server });
  }
  return { servers, gone };
}

function changedStatuses({ statuses }: InstanceView, sent: Sent): IntentStatus[] {
  if (statuses === sent.statuses) return [];
  const changed = [...statuses].filter(([id, status]) => sent.statuses.get(id) !== status);
  sent.statuses = statuses;
  return changed.map(([, status]) => status);
}
