import type { ServerRef } from '../selector/index.ts';
import { coversByScope, coversServer, type IntentPlace } from './cover.ts';
import { stepIntent } from './lifecycle.ts';
import type { Intent, IntentAspect, IntentException } from './types.ts';

export interface EnableRequest {
  readonly intents: readonly Intent[];
  readonly aspect: IntentAspect;
  /** What is taken back in. */
  readonly target: IntentException;
  /** The fleet as far as it is known. */
  readonly places: readonly { readonly place: IntentPlace; readonly servers: readonly ServerRef[] }[];
  /** Names the intent for the part that is cut out of a wider one: CHG number and store revision. */
  readonly id: string;
  readonly revision: number;
}

export interface EnableResult {
  /** Intents that change: those that end whole, and those that lose a part. */
  readonly changed: readonly Intent[];
  /** The part cut out of a wider intent, on its way to ready. */
  readonly created: readonly Intent[];
}

/**
 * Takes servers back in. An intent that lies within the target ends; one that is wider loses that part, which ends
 * as an intent of its own. Without the cut the wider one would take the server out again as soon as it is in.
 */
export function enableIntents(request: EnableRequest): EnableResult {
  const changed: Intent[] = [];
  const cut: Intent[] = [];
  for (const intent of request.intents) {
    const overlap = intent.aspect === request.aspect ? overlapOf(intent, request) : 'none';
    if (overlap === 'whole') changed.push(stepIntent(intent, { kind: 'end' }));
    if (overlap !== 'part') continue;
    changed.push({ ...intent, exceptions: [...(intent.exceptions ?? []), request.target] });
    cut.push(intent);
  }
  const deciding = cut.sort((a, b) => b.revision - a.revision)[0];
  return { changed, created: deciding ? [cutOut(deciding, request)] : [] };
}

function overlapOf(intent: Intent, { target, places }: EnableRequest): 'none' | 'part' | 'whole' {
  const inTarget = places.flatMap(({ place, servers }) =>
    servers
      .filter((server) => coversServer(intent, place, server))
      .map((server) => coversByScope(target, place, server)),
  );
  if (!inTarget.includes(true)) return coversNothing(intent, inTarget, target) ? 'whole' : 'none';
  return inTarget.includes(false) ? 'part' : 'whole';
}

/** A waiting intent, whose server vanished, ends when exactly its server is asked for. */
function coversNothing(intent: Intent, covered: readonly boolean[], { selector }: IntentException): boolean {
  const sameServer = intent.selector.server === selector.server;
  const sameBackend = selector.backend === '*' || selector.backend === intent.selector.backend;
  return covered.length === 0 && sameServer && sameBackend;
}

/** The lease and the exceptions belong to the wider intent; who and why stay, for the record. */
function cutOut(intent: Intent, { target, id, revision }: EnableRequest): Intent {
  const { lease: _lease, until: _until, exceptions: _exceptions, exclude: _exclude, ...rest } = intent;
  return stepIntent({ ...rest, ...target, id, revision, phase: 'holding' }, { kind: 'end' });
}
