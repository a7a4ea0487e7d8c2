import { EXIT, type Change, type InstanceResult } from '../../api/index.ts';
import { formatTime, paint, type Line, type Moment, type Paint } from '../text/index.ts';
import { foldInstances } from './instances.ts';
import { foldRefs } from './scope.ts';

/** The id of a change on one socket: nothing keeps it, so nothing can find or undo it later. */
export const DIRECT_ID = 'direct';
/** Of a change that the agent of one machine keeps until a server takes it up, under an id of the fleet. */
const LOCAL_PREFIX = 'LOC-';

/** What the program exits with, by where the change stands when nobody waits any more. */
export function changeExit({ state }: Pick<Change, 'state'>): number {
  switch (state) {
    case 'done':
    case 'running':
      return EXIT.done;
    case 'partial':
      return EXIT.partial;
    case 'failed':
      return EXIT.failed;
    case 'timed-out':
      return EXIT.timedOut;
    case 'undone':
    case 'superseded':
      return EXIT.stale;
  }
}

/** Who did it, who did not and why, with what is alike folded; then what is so now, the id and the way back. */
export function renderResult(change: Change, options: ResultOptions): Line[] {
  return [...resultLines(change.results), ...remarks(change.results), summaryLine(change, options)];
}

export interface ResultOptions {
  readonly moment: Moment;
  /** `drain --then disable` ends in MAINT, which the kind of the change does not tell. */
  readonly endsInMaint?: boolean;
}

const WORDS: Readonly<Record<InstanceResult['result'], readonly [word: string, colour: Paint]>> = {
  done: ['ok', 'green'],
  waiting: ['waiting', 'yellow'],
  pending: ['pending', 'yellow'],
  failed: ['failed', 'red'],
  red: ['red', 'red'],
  drifted: ['drifted', 'yellow'],
  skipped: ['skipped', 'dim'],
};

const ORDER = ['done', 'waiting', 'pending', 'failed', 'red', 'drifted', 'skipped'] as const;

function resultLines(results: readonly InstanceResult[]): Line[] {
  const concerned = results.filter(({ result }) => result !== 'skipped').length;
  return ORDER.flatMap((result) =>
    groupByMessage(results.filter((one) => one.result === result)).map(({ instances, message }): Line => {
      const [word, colour] = WORDS[result];
      const count = result === 'done' ? ` ${instances.length}/${concerned}` : '';
      return [
        paint(colour, word.padEnd(8)),
        `${foldInstances(instances)}${count}`,
        message === '' ? '' : `  ${message}`,
      ];
    }),
  );
}

function groupByMessage(results: readonly InstanceResult[]) {
  const groups = new Map<string, string[]>();
  for (const result of results) {
    const message = messageOf(result);
    groups.set(message, [...(groups.get(message) ?? []), `${result.node}/${result.instance}`]);
  }
  return [...groups].map(([message, instances]) => ({ message, instances }));
}

/** Where nobody had to say why. */
const UNSAID: Partial<Readonly<Record<InstanceResult['result'], string>>> = {
  skipped: 'no such server there',
  drifted: 'changed by hand since, and left so',
};

function messageOf({ result, message, sessions }: InstanceResult): string {
  const left =
    sessions !== undefined && sessions > 0 ? `${sessions} session${sessions === 1 ? '' : 's'} left` : '';
  const said = message ?? UNSAID[result] ?? '';
  return [said, left].filter((text) => text !== '').join('; ');
}

function remarks(results: readonly InstanceResult[]): Line[] {
  const where = (has: (result: InstanceResult) => boolean) =>
    results.filter(has).map(({ node, instance }) => `${node}/${instance}`);
  const ungated = where((result) => result.ungated === true);
  const byFile = where((result) => result.fileDisabled === true);
  return [
    ...(ungated.length === 0
      ? []
      : [`ungated on ${foldInstances(ungated)}: no health check proves that the server works`]),
    ...(byFile.length === 0
      ? []
      : [`${foldInstances(byFile)}: haproxy.cfg disables the server; it is in until the next reload`]),
  ];
}

function summaryLine(change: Change, options: ResultOptions): Line {
  const { id, state, message, undoes } = change;
  if (id === DIRECT_ID || id.startsWith(LOCAL_PREFIX)) return directLine(change, options);
  if (isOver(change)) return `${subject(change)}: ${overText(change)}.  ${id}`;
  const undo = undoes === undefined && change.active ? `   Undo: hafleet change undo ${id}` : '';
  switch (state) {
    case 'done':
      return `${subject(change)} ${outcome(change, options)}.  ${id}${undo}`;
    case 'running':
      return `${id} goes on: ${change.step}.  Follow: hafleet change show ${id} -w${undo}`;
    case 'partial':
      return [
        paint('yellow', 'PARTIAL'),
        `  ${message ?? whatFollows(change.results)}.  hafleet change retry|undo ${id}`,
      ];
    case 'failed':
      return [paint('red', 'FAILED'), `  ${message ?? 'nothing is changed'}.  hafleet change show ${id}`];
    case 'timed-out':
      return [paint('red', 'TIMED OUT'), `  ${message ?? 'sessions are left'}.  ${id}${undo}`];
    case 'undone':
    case 'superseded':
      return [
        paint('yellow', state.toUpperCase()),
        `  ${message ?? 'a later change took over'}.  hafleet change show ${id}`,
      ];
  }
}

/** Held something once: what it says of a server is history. */
function isOver({ kind, state, weight, active }: Change): boolean {
  const holds = kind === 'disable' || kind === 'drain' || (kind === 'weight' && typeof weight === 'number');
  return holds && !active && (state === 'done' || state === 'partial' || state === 'timed-out');
}

function overText({ undoneBy }: Change): string {
  return undoneBy === undefined ? 'over, it holds nothing any more' : `over, undone by ${undoneBy}`;
}

/** Only who is away follows by itself. */
function whatFollows(results: readonly InstanceResult[]): string {
  const has = (wanted: InstanceResult['result']) => results.some(({ result }) => result === wanted);
  if (has('pending')) return 'the others follow when they answer';
  return has('drifted') ? 'nothing is put right before a retry' : 'not done everywhere';
}

function directLine(change: Change, options: ResultOptions): Line {
  if (change.state !== 'done') return [paint('red', change.state.toUpperCase()), `  ${subject(change)}`];
  if (change.id !== DIRECT_ID)
    return `${subject(change)} ${outcome(change, options)} on this HAProxy alone.  ${change.id}, kept by its agent; a change of the fleet when a server answers`;
  const isForgotten = change.kind !== 'enable' && change.kind !== 'kill-sessions';
  const caveat = isForgotten ? '; a reload forgets it unless an agent holds it' : '';
  return `${subject(change)} ${outcome(change, options)} on this HAProxy alone${caveat}.`;
}

function subject({ servers, targets }: Change): string {
  return servers.length === 0 ? targets.join(', ') : foldRefs(servers).replaceAll('*/', '');
}

/** What is so now, and until when. */
function outcome(change: Change, { moment, endsInMaint = false }: ResultOptions): string {
  const until = change.until === undefined ? '' : ` until ${formatTime(change.until, moment)}`;
  switch (change.kind) {
    case 'disable':
    case 'drain': {
      const word = change.kind === 'disable' || endsInMaint ? 'MAINT' : 'DRAIN';
      return until === '' ? word : `${word}${until}, then enabled behind green checks`;
    }
    case 'enable':
      return 'READY';
    case 'weight':
      return change.weight === null || change.weight === undefined
        ? 'has its default weight'
        : `weight ${change.weight}${until}`;
    case 'kill-sessions':
      return 'sessions shut down';
  }
}
