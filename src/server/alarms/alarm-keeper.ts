import type { Alarm } from '../../api/index.ts';
import type { Clock } from '../../lib/index.ts';
import {
  findAlarms,
  foldNodeSet,
  type AlarmCode,
  type AlarmFacts,
  type OpenAlarm,
} from '../../model/index.ts';
import type { EventSink } from '../events/event-log.ts';

/** A look at the whole fleet, beside the answers and never within one. */
const LOOK_EVERY_MS = 1_000;

/** What no other event tells of when it begins. */
const TOLD: ReadonlySet<AlarmCode> = new Set([
  'backend-none-usable',
  'backend-below-floor',
  'intent-overdue',
  'lease-suspended',
  'store-full',
  'store-unavailable',
]);

interface Kept {
  readonly alarm: OpenAlarm;
  /** Monotonic and wall time of its beginning. */
  readonly beganMs: number;
  readonly beganWallMs: number;
}

export interface AlarmKeeper {
  /** Open alarms as of the last look, the worst first. */
  open(): Alarm[];
  /** Looks now. */
  look(): void;
  stop(): void;
}

export interface AlarmKeeperParts {
  readonly clock: Clock;
  readonly events: EventSink;
  readonly facts: () => AlarmFacts;
}

/** Remembers since when each alarm is open, and tells by events when those begin and end that nothing else tells. */
export function createAlarmKeeper({ clock, events, facts }: AlarmKeeperParts): AlarmKeeper {
  let kept = new Map<string, Kept>();

  const look = () => {
    const before = kept;
    kept = new Map(
      findAlarms(facts()).map((alarm) => {
        const key = `${alarm.code} ${alarm.subject}`;
        return [key, keep(alarm, before.get(key))];
      }),
    );
    for (const [key, { alarm }] of kept)
      if (!before.has(key)) tell(alarm, alarm.severity, alarm.code, alarm.message);
    for (const [key, { alarm }] of before)
      if (!kept.has(key)) tell(alarm, 'info', `${alarm.code}-over`, `over: ${alarm.message}`);
  };

  const keep = (alarm: OpenAlarm, known: Kept | undefined): Kept => {
    if (known) return { ...known, alarm };
    const { forMs = 0 } = alarm;
    return { alarm, beganMs: clock.monotonicMs() - forMs, beganWallMs: Math.round(clock.wallMs() - forMs) };
  };

  const tell = (
    { nodes, backend, subject, code: of }: OpenAlarm,
    severity: Alarm['severity'],
    code: string,
    message: string,
  ) => {
    if (!TOLD.has(of)) return;
    events.add({
      severity,
      code,
      message,
      ...(nodes.length > 0 ? { node: foldNodeSet(nodes) } : {}),
      ...(backend === undefined ? {} : { backend }),
      ...(subject.startsWith('CHG-') ? { change: subject } : {}),
    });
  };

  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    look,
    open: () =>
      [...kept.values()].map(({ alarm: { forMs: _forMs, nodes, ...about }, beganMs, beganWallMs }) => ({
        ...about,
        nodes: [...nodes],
        since: beganWallMs,
        ageMs: Math.max(0, Math.round(clock.monotonicMs() - beganMs)),
      })),
    stop: () => clearInterval(timer),
  };
}
