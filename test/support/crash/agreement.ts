import { type Fleet, waitUntil } from '../../../dev/index.ts';
import type { ApiClient, Change, StatusAnswer } from '../../../src/api/index.ts';
import { type Ground, type WantedOfAll, differences, shownBy, wantedBy } from '../wanted.ts';
import { type Requests, faultsOf } from './requests.ts';

/** Every change of the store. */
export async function allChanges(api: ApiClient): Promise<readonly Change[]> {
  const all: Change[] = [];
  let after: string | undefined;
  do {
    const { items, next } = await api.changes({ limit: 500, ...(after !== undefined && { after }) });
    all.push(...items);
    after = next;
  } while (after !== undefined);
  return all;
}

export interface AgreementOptions {
  readonly fleet: Fleet;
  readonly api: ApiClient;
  readonly ground: Ground;
  readonly requests: Pick<Requests, 'acknowledged' | 'unanswered'>;
  readonly timeoutMs: number;
}

/**
 * Resolves when nothing is running any more and every HAProxy, asked on its own socket, is as the list of changes has it.
 * @throws Error with every difference, when that takes longer than `timeoutMs`, and at once when the list itself is wrong
 */
export async function untilAgreed({ timeoutMs, ...options }: AgreementOptions): Promise<void> {
  const { api, requests } = options;
  let different: readonly string[] = ['nothing could be read'];
  await waitUntil(
    async () => {
      different = await disagreements(options);
      return different.length === 0;
    },
    { for: 'the fleet to be as was acknowledged', timeoutMs, everyMs: 50 },
  ).catch((cause: unknown) => {
    throw new Error(`after ${timeoutMs} ms:\n${different.join('\n')}`, { cause });
  });
  const faults = faultsOf(requests, await allChanges(api));
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

async function disagreements({ fleet, api, ground }: Omit<AgreementOptions, 'timeoutMs'>): Promise<string[]> {
  const changes = await allChanges(api);
  const running = changes.filter(({ state }) => state === 'running' || state === 'partial');
  const shown = await shownBy(fleet);
  return [
    ...running.map(
      ({ id, kind, state, step, results }) => `${id} ${kind} is ${state}: ${step} ${JSON.stringify(results)}`,
    ),
    ...differences(shown, wantedBy(changes, ground)),
    ...withoutIntent(shown, await api.status()),
  ];
}

/** A server that is out, or has another weight, and nobody wants it so. */
function withoutIntent(shown: WantedOfAll, { intents }: StatusAnswer): string[] {
  const wanted = (key: string, aspect: string) =>
    intents.some(
      ({ on, backend, server, want }) =>
        want.aspect === aspect &&
        (key === `${on} ${backend}/${server}` || (on === '*' && key.endsWith(` ${backend}/${server}`))),
    );
  return Object.entries(shown).flatMap(([key, { admin, weight }]) => [
    ...(admin !== 'ready' && !wanted(key, 'state') ? [`${key} is in ${admin} without an intent`] : []),
    ...(weight !== 1 && !wanted(key, 'weight') ? [`${key} has weight ${weight} without an intent`] : []),
  ]);
}
