import { type ApiClient, ApiError, type Change, type ChangeRequest } from '../../../src/api/index.ts';
import { randomChange } from '../random-change.ts';
import type { Random } from '../random.ts';
import { type Ground, numberOf } from '../wanted.ts';

export type Told = Pick<Change, 'id' | 'kind' | 'on' | 'servers' | 'weight'>;

/** What was asked for, and what came back. Only an answer counts: a request without one may have been taken or not. */
export interface Requests {
  readonly acknowledged: readonly Told[];
  readonly unanswered: readonly ChangeRequest[];
  readonly sent: number;
  /** Goes on until `stop`, one request after the other. */
  start(): void;
  /** Resolves when the last request has its answer, or will never have one. */
  stop(): Promise<void>;
}

export interface RequestOptions {
  readonly api: ApiClient;
  readonly random: Random;
  readonly ground: Ground;
  readonly note: (text: string) => void;
  /** Between two requests; after one without an answer, until it makes sense to ask again. */
  readonly pause: () => Promise<void>;
}

export function createRequests({ api, random, ground, note, pause }: RequestOptions): Requests {
  const acknowledged: Told[] = [];
  const unanswered: ChangeRequest[] = [];
  let sent = 0;
  let running: Promise<void> | undefined;
  let stopping = new AbortController();

  async function one(): Promise<void> {
    const request = randomChange(random, ground);
    const said = `${request.kind} ${request.targets[0]} on ${request.on} ${request.weight ?? ''}`;
    sent++;
    try {
      const { change } = await api.createChange(request);
      note(`${said}: ${change?.id ?? 'already so'}`);
      if (change) acknowledged.push(change);
    } catch (thrown) {
      if (!(thrown instanceof ApiError) || !thrown.retryable) throw thrown;
      note(`${said}: ${thrown.code}`);
      unanswered.push(request);
    }
  }

  async function run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await one();
      await pause();
    }
  }

  return {
    acknowledged,
    unanswered,
    get sent() {
      return sent;
    },
    start() {
      stopping = new AbortController();
      running = run(stopping.signal);
      // Told by `stop`.
      running.catch(() => undefined);
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/**
 * What is wrong with the server's list, one line each: an acknowledged change that it lost or changed, one that nobody asked for,
 * a number that was given twice or goes back.
 */
export function faultsOf(
  { acknowledged, unanswered }: Pick<Requests, 'acknowledged' | 'unanswered'>,
  changes: readonly Change[],
): string[] {
  const listed = new Map(changes.map((change) => [change.id, change]));
  const told = new Set(acknowledged.map(({ id }) => id));
  const lost = acknowledged.filter((one) => !isSame(one, listed.get(one.id)));
  const open = [...unanswered];
  const foreign = changes.filter((change) => !told.has(change.id) && !takeOne(open, change));
  const numbers = acknowledged.map(numberOf);
  const back = numbers.filter((number, at) => at > 0 && number <= (numbers[at - 1] ?? 0));
  return [
    ...lost.map((one) => `lost: ${JSON.stringify(one)}, listed: ${JSON.stringify(listed.get(one.id))}`),
    ...foreign.map(
      ({ id, kind, on, targets }) => `nobody asked for ${id}: ${kind} ${targets.join()} on ${on}`,
    ),
    ...back.map((number) => `CHG-${number} came after a higher number, or twice`),
    ...(listed.size === changes.length ? [] : ['one number is listed twice']),
  ];
}

function isSame({ kind, on, servers, weight }: Told, other: Change | undefined): boolean {
  return (
    other?.kind === kind &&
    other.on === on &&
    other.servers.join() === servers.join() &&
    other.weight === weight
  );
}

/** The request without an answer that became this change; it cannot have become another one too. */
function takeOne(open: ChangeRequest[], { kind, on, targets, weight }: Change): boolean {
  const at = open.findIndex(
    (one) =>
      one.kind === kind && one.on === on && one.targets.join() === targets.join() && one.weight === weight,
  );
  if (at >= 0) open.splice(at, 1);
  return at >= 0;
}
