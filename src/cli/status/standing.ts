import { CELL, type Cell } from '../../api/index.ts';
import type { StatusIntent } from './intents.ts';

/** How a server stands on one load balancer, as far as a person has to act on it. */
export const KINDS = [
  'up',
  'going-up',
  'going-down',
  'down',
  'drain',
  'maint',
  'stopping',
  'no-weight',
] as const;
export type Kind = (typeof KINDS)[number];

/** What took a server out of ready. `unrecorded`: a person did, and there is no record to ask (--socket). */
export type Cause = 'intent' | 'hand' | 'unrecorded' | 'file' | 'tracking' | 'resolution' | 'agent-check';

export interface Standing {
  readonly kind: Kind;
  /** As HAProxy words it: `UP`, `NO CHECK`, `DOWN`. */
  readonly word: string;
  readonly usable: boolean;
  readonly drifted: boolean;
  readonly check: string;
  /** Unix time in ms. */
  readonly since: number;
  /** For drain and maint. */
  readonly cause: Cause | undefined;
  /** The intent that holds here, whether it is in effect or not. */
  readonly intent: StatusIntent | undefined;
}

export function readStanding(cell: NonNullable<Cell>, intent: StatusIntent | undefined): Standing {
  const [word, admin, , since, check, flags] = cell;
  const has = (bit: number) => (flags & bit) !== 0;
  const kind = kindOf(word, admin, has(CELL.zeroWeight));
  return {
    kind,
    word,
    usable: has(CELL.usable),
    drifted: has(CELL.drifted),
    check,
    since,
    cause: kind === 'drain' || kind === 'maint' ? causeOf(flags, kind, intent) : undefined,
    intent,
  };
}

/** Used, and as everybody wants it: most cells of a large fleet, which need no closer look. */
export function isPlain(cell: Cell): boolean {
  if (cell === null) return true;
  const [word, admin, , , , flags] = cell;
  const isUp = word === 'UP' || word === 'NO CHECK';
  return (
    isUp && admin === 'ready' && (flags & (CELL.usable | CELL.drifted | CELL.zeroWeight)) === CELL.usable
  );
}

/** Out on purpose, by an intent that still holds and is in effect. */
export function isIntended({ cause, drifted }: Standing): boolean {
  return cause === 'intent' && !drifted;
}

function kindOf(word: string, admin: 'ready' | 'drain' | 'maint', zeroWeight: boolean): Kind {
  if (admin !== 'ready') return admin;
  switch (word) {
    case 'UP':
    case 'NO CHECK':
      return zeroWeight ? 'no-weight' : 'up';
    case 'GOING UP':
      return 'going-up';
    case 'GOING DOWN':
      return 'going-down';
    case 'NOLB':
      return 'stopping';
    default:
      return 'down';
  }
}

/** An intent explains what it wants, and both on the way in: the gate holds a server in drain until its checks are green. */
function causeOf(flags: number, kind: 'drain' | 'maint', intent: StatusIntent | undefined): Cause {
  const wanted = intent?.want.aspect === 'state' ? intent.want.state : undefined;
  if (intent && (wanted === kind || intent.phase !== 'holding')) return 'intent';
  if ((flags & CELL.byConfiguration) !== 0) return 'file';
  if ((flags & CELL.byAgent) !== 0) return 'agent-check';
  if ((flags & CELL.byInheritance) !== 0) return 'tracking';
  if ((flags & CELL.byResolution) !== 0) return 'resolution';
  return (flags & CELL.byOperator) !== 0 ? 'hand' : 'unrecorded';
}
