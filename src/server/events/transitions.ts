import type { InstanceReport, ServerReport } from '../../api/index.ts';
import { foldNodeSet } from '../../model/index.ts';
import { stateOf } from '../fleet/cells.ts';
import { rowKey, type InstanceLive } from '../fleet/instance-live.ts';
import type { EventSink, NewEvent } from './event-log.ts';

/** Within this, load balancers that see the same are one event; the texts of checks come a moment after the states. */
const FOLD_MS = 300;

/** What a server is, without the steps in between: one bad check of three is nothing that happened yet. */
type SettledWord = 'UP' | 'DOWN' | 'DRAIN' | 'MAINT' | 'NOLB';

interface Transition {
  readonly backend: string;
  readonly server: string;
  readonly from: SettledWord;
  readonly to: SettledWord;
  readonly places: InstanceLive[];
}

/** Tells by events which servers changed their state, one for each server and transition. */
export function createTransitions(events: EventSink) {
  let open = new Map<string, Transition>();
  let timer: NodeJS.Timeout | undefined;

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const done = [...open.values()];
    open = new Map();
    for (const transition of done) for (const event of eventsOf(transition)) events.add(event);
  };

  const note = (live: InstanceLive, before: ServerReport, now: ServerReport) => {
    const [from, to] = [settledWord(before), settledWord(now)];
    if (from === to) return;
    const key = `${rowKey(now)} ${from} ${to}`;
    const { backend, server } = now;
    const one = open.get(key) ?? { backend, server, from, to, places: [] };
    one.places.push(live);
    open.set(key, one);
    timer ??= setTimeout(flush, FOLD_MS);
  };

  return {
    /** Looks at a report before it is folded into what is known. What was not known before has not changed. */
    reporting(live: InstanceLive, { servers }: Pick<InstanceReport, 'servers'>): void {
      for (const row of servers) {
        const before = live.servers.get(rowKey(row));
        if (before) note(live, before, row);
      }
    },
    stop: flush,
  };
}

/** An intent explains a state and does not change its word. */
function settledWord(row: ServerReport): SettledWord {
  const { word, admin } = stateOf(row, { stateWanted: () => undefined });
  if (admin !== 'ready') return admin === 'maint' ? 'MAINT' : 'DRAIN';
  switch (word) {
    case 'DOWN':
    case 'GOING UP':
      return 'DOWN';
    case 'NOLB':
    case 'DRAIN':
    case 'MAINT':
      return word;
    case 'UP':
    case 'GOING DOWN':
    case 'NO CHECK':
      return 'UP';
  }
}

/** One for each text of a check: what fails differently is not the same. */
function eventsOf({ backend, server, from, to, places }: Transition): NewEvent[] {
  const byCheck = new Map<string, InstanceLive[]>();
  for (const live of places) {
    const check = to === 'DOWN' ? failedCheck(live.servers.get(rowKey({ backend, server }))) : '';
    byCheck.set(check, [...(byCheck.get(check) ?? []), live]);
  }
  return [...byCheck].map(([check, lives]) => {
    const instances = new Set(lives.map(({ name }) => name));
    const [instance] = instances;
    return {
      severity: to === 'DOWN' ? 'warning' : 'info',
      code: `server-${to.toLowerCase()}`,
      node: foldNodeSet([...new Set(lives.map(({ node }) => node))]),
      ...(instances.size === 1 && instance !== undefined ? { instance } : {}),
      backend,
      server,
      message: `${backend}/${server} ${to}${check === '' ? '' : ` ${check}`}, was ${from}`,
    };
  });
}

/** A text that says OK is from before. */
function failedCheck(row: ServerReport | undefined): string {
  return row?.check === undefined || /^L\d\w*OK/.test(row.check) ? '' : row.check;
}
