import { foldNodeSet } from '../../model/index.ts';
import type { ChangeObserver } from '../changes/observer.ts';
import { changeId, type ChangeRecord } from '../store/records.ts';
import type { EventSink, NewEvent } from './event-log.ts';

/** Changes in the event log: what was asked, what became of it, whose warning was overridden. */
export function changeEvents(events: EventSink): ChangeObserver {
  return {
    accepted(record) {
      events.add({ ...about(record), severity: 'info', code: 'change-accepted', message: accepted(record) });
      if (record.undoes !== undefined)
        events.add({
          ...about(record),
          severity: 'info',
          code: 'change-undone',
          change: record.undoes,
          message: `${record.undoes} is undone by ${changeId(record.number)}`,
        });
      for (const guard of record.overridden)
        events.add({
          ...about(record),
          severity: 'warning',
          code: 'guard-overridden',
          message: `${changeId(record.number)} went against the guard ${guard}: ${record.why}`,
        });
    },
    refused({ kind, who, guards }) {
      const message = `a change (${kind}) was refused by the guard ${guards.join(', ')}`;
      events.add({ severity: 'info', code: 'change-refused', who, message });
    },
    moved(record) {
      const { state, message } = record;
      if (state === 'running') return;
      events.add({
        ...about(record),
        severity: state === 'done' || state === 'superseded' || state === 'undone' ? 'info' : 'warning',
        code: `change-${state}`,
        message: `${what(record)}: ${state}${message === undefined ? '' : `, ${message}`}`,
      });
    },
  };
}

/** A change of one backend is for those who reach it; one of several for those who reach them all. */
function about({
  number,
  servers,
  who,
}: ChangeRecord): Pick<NewEvent, 'change' | 'who' | 'backend' | 'server'> {
  const [first] = servers;
  const isOne = first && first.backend !== '*' && servers.every(({ backend }) => backend === first.backend);
  return {
    change: changeId(number),
    who,
    ...(isOne ? { backend: first.backend } : {}),
    ...(isOne && servers.length === 1 ? { server: first.server } : {}),
  };
}

function accepted(record: ChangeRecord): string {
  const { why, until } = record;
  return `${what(record)}${until === undefined ? '' : ', for a time'}${why === '' ? '' : `: ${why}`}`;
}

function what({ number, kind, servers }: ChangeRecord): string {
  const byBackend = new Map<string, string[]>();
  for (const { backend, server } of servers)
    byBackend.set(backend, [...(byBackend.get(backend) ?? []), server]);
  const named = [...byBackend].map(([backend, names]) => `${backend}/${foldNodeSet(names)}`);
  return `${changeId(number)} ${kind} ${named.join(', ')}`.slice(0, 500);
}
