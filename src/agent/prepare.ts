import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { PROTOCOL, type PreparedAnswer, type PreparedInstance, preparedAnswer } from '../api/index.ts';
import {
  type Clock,
  HafleetError,
  type Logger,
  errorText,
  isHafleetError,
  systemClock,
} from '../lib/index.ts';
import { DataFolderLocked, type FolderLock, lockDataFolder } from './data-folder/lock.ts';
import { prepareDataFolder } from './data-folder/prepare.ts';
import { createFollow } from './held/follow.ts';
import { type Held, openHeld } from './held/held.ts';
import { createJournal } from './instance/journal.ts';
import { keepStateFile } from './instance/state-file-keeper.ts';
import { readAuthority } from './link/authority.ts';
import { createCredential } from './link/credential.ts';
import { openLink } from './link/link.ts';
import type { Incoming } from './link/messages.ts';
import type { LocalFile } from './local-file/schema.ts';
import { writeOffline } from './offline/write.ts';

export interface PrepareParts {
  readonly local: LocalFile;
  readonly log: Logger;
  readonly version: string;
  readonly timeoutMs: number;
  readonly joinToken?: string;
  readonly clock?: Clock;
}

/**
 * - `server`: a server said what holds now
 * - `last-known`: no server did in time; what this node agreed to last was used
 * - `nothing`: no server did, and this node never held anything: the files stay as they are
 */
export interface Prepared {
  readonly from: 'server' | 'last-known' | 'nothing';
  /** The agent runs, and did it. */
  readonly byAgent: boolean;
  /** Why it is not from a server, in words. */
  readonly reason?: string;
  readonly instances: readonly PreparedInstance[];
}

/**
 * Writes what HAProxy is to find when it starts, so that its first request is answered right. Asks the servers what holds
 * now, for no longer than the time-out, and enrols a node that never was.
 * @throws HafleetError `data-folder-unsafe`, `held-unreadable`, `credential-unreadable`, `ca-unreadable`
 */
export async function prepareNode(parts: PrepareParts): Promise<Prepared> {
  const { local, timeoutMs, clock = systemClock } = parts;
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  prepareDataFolder(local.dataFolder);
  for (;;) {
    try {
      const lock = lockDataFolder(local.dataFolder, 'prepare');
      return await prepareLocked(parts, lock, deadlineMs - clock.monotonicMs());
    } catch (thrown) {
      if (!(thrown instanceof DataFolderLocked)) throw thrown;
      const isOver = clock.monotonicMs() >= deadlineMs;
      const answer = thrown.holder === 'agent' ? await askAgain(local.dataFolder) : undefined;
      if (answer && (isOver || !answer.waiting)) return fromAgent(answer);
      if (isOver) return { from: 'nothing', byAgent: false, reason: thrown.message, instances: [] };
    }
    await sleep(PAUSE_MS);
  }
}

const PAUSE_MS = 50;

async function prepareLocked(parts: PrepareParts, lock: FolderLock, timeoutMs: number): Promise<Prepared> {
  const { local } = parts;
  const { allow, backends, readOnly } = local;
  try {
    const held = openHeld(join(local.dataFolder, 'held.json'));
    const reason = await fetchDesired(parts, held, timeoutMs);
    if (held.position === null && held.local.length === 0)
      return { from: 'nothing', byAgent: false, ...(reason !== undefined && { reason }), instances: [] };
    const instances = local.instances.map((instance) =>
      writeOffline({
        local: instance,
        limits: { allow, backends, readOnly },
        held,
        keeper: keepStateFile(instance.stateFile),
      }),
    );
    return reason === undefined
      ? { from: 'server', byAgent: false, instances }
      : { from: 'last-known', byAgent: false, reason, instances };
  } finally {
    lock.release();
  }
}

/** Resolves with why what is held is not known to be current; undefined when it is. */
async function fetchDesired(parts: PrepareParts, held: Held, timeoutMs: number): Promise<string | undefined> {
  const { local, log, version, joinToken, clock = systemClock } = parts;
  let last: string | undefined;
  const journal = createJournal({
    log,
    clock,
    onEvent: ({ code, message }) => (last = `${code}: ${message}`),
  });
  const { name: node, labels, dataFolder, tokenFile } = local;
  const credential = createCredential({ node, labels, dataFolder, tokenFile, joinToken });
  const follow = createFollow({ held, node, journal, fleetKey: () => credential.fleetKey() });
  return new Promise((resolve, reject) => {
    const links = local.servers.map(({ url, ca }) =>
      openLink({
        server: { url, ca: readAuthority(ca) },
        credential,
        hello: () => ({
          type: 'hello',
          protocol: PROTOCOL,
          version,
          node,
          labels,
          holds: held.position,
          asks: 'verdict',
        }),
        onReady: () => undefined,
        onMessage: take,
        journal,
        log,
        clock,
      }),
    );
    const timer = setTimeout(() => end(last ?? 'no server answered in time'), Math.max(0, timeoutMs));

    function end(reason: string | undefined): void {
      clearTimeout(timer);
      for (const link of links) link.stop();
      try {
        held.persist();
        resolve(reason);
      } catch (thrown) {
        reject(isHafleetError(thrown) ? thrown : new HafleetError('agent-fault', errorText(thrown)));
      }
    }

    function take(message: Incoming): void {
      if (message.type === 'welcome' && message.proof) follow.epoch(message.proof);
      if (message.type === 'desired') return end(follow.desired(message) ? undefined : last);
      if (message.type === 'level') return end(undefined);
      if (message.type === 'refused') end(`${message.code}: ${message.message}`);
    }
  });
}

/** Undefined from an agent that does not answer: it may have been killed, and its lock is then free. */
function askAgain(dataFolder: string): Promise<PreparedAnswer | undefined> {
  return askAgent(join(dataFolder, 'agent.sock')).catch(() => undefined);
}

function fromAgent({ current, held, instances }: PreparedAnswer): Prepared {
  if (current) return { from: 'server', byAgent: true, instances };
  const reason = 'the agent is in touch with no server';
  return { from: held ? 'last-known' : 'nothing', byAgent: true, reason, instances };
}

function askAgent(socketPath: string): Promise<PreparedAnswer> {
  return new Promise((resolve, reject) => {
    const call = request(
      { socketPath, method: 'POST', path: '/v1/local/prepare', agent: false },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => (text += part));
        answer.on('end', () => {
          try {
            resolve(preparedAnswer.parse(JSON.parse(text)));
          } catch (thrown) {
            reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
          }
        });
        answer.on('error', reject);
      },
    );
    call.setTimeout(2_000, () => call.destroy(new Error('no answer in time')));
    call.on('error', reject);
    call.end();
  });
}

/** In words, a line each: where it is from, then the instances. */
export function describePrepared({ from, byAgent, reason, instances }: Prepared): string[] {
  const by = byAgent ? ' (by the agent, which runs)' : '';
  const why = reason === undefined ? '' : `: ${reason}`;
  const head = {
    server: `prepared by what the fleet wants now${by}`,
    'last-known': `prepared by what this node agreed to last${by}, no server could be asked${why}`,
    nothing: `nothing is known of this node yet${by}; HAProxy starts as its files say${why}`,
  }[from];
  return [
    head,
    ...instances.map(({ instance, servers, message }) => {
      const lines = servers === undefined ? 'not written' : `${servers} servers held back`;
      return `${instance}: ${lines}${message === undefined ? '' : ` (${message})`}`;
    }),
  ];
}
