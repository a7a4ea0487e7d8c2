import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet, FleetOptions, HaproxyVersion } from '../../../dev/index.ts';
import { type Random, createRandom } from '../random.ts';
import type { Ground } from '../wanted.ts';
import { untilAgreed } from './agreement.ts';
import { createRequests } from './requests.ts';
import { type Victim, untilBack, victimsOf } from './victims.ts';

export interface CrashOptions {
  readonly fleet: Fleet;
  /** One kill each. */
  readonly rounds: number;
  /** Rounds between two moments in which killing stops until everything agrees. */
  readonly checkEvery: number;
  readonly random: Random;
  /** Within this time after the last kill everything has to agree. */
  readonly recoverWithinMs: number;
  /** After this long no further round begins. */
  readonly endAfterMs?: number;
  /** Told what happens, in order. */
  readonly note: (text: string) => void;
}

export interface CrashResult {
  readonly rounds: number;
  readonly kills: Readonly<Record<string, number>>;
  readonly sent: number;
  readonly acknowledged: number;
  readonly unanswered: number;
  /** From a last kill until everything agreed, ms, one for each look. */
  readonly recoveries: readonly number[];
}

const SERVERS = ['web1', 'web2', 'web3', 'web4'];

/** A fleet to kill: a node for each version, the first with a state file, the next without, and so on. */
export function crashFleet(versions: readonly HaproxyVersion[]): FleetOptions {
  return {
    nodes: versions.map((version, at) => ({
      name: `lb${at + 1}`,
      version,
      instances: [{ name: 'http', stateFile: at % 2 === 0 }],
    })),
    backends: { web: SERVERS },
    control: { agentRelays: false },
  };
}

/**
 * Kills server, agents and HAProxy with SIGKILL at random moments, while changes are asked for without a pause worth the name.
 * What dies is started again as systemd would; what is killed may still be starting.
 * @throws Error when something was lost, or did not agree in time
 */
export async function runCrashes(options: CrashOptions): Promise<CrashResult> {
  const { fleet, rounds, checkEvery, random, note, endAfterMs = Infinity } = options;
  const ground: Ground = {
    nodes: fleet.nodes.map(({ name }) => name),
    servers: SERVERS.map((name) => `web/${name}`),
  };
  const control = controlOf(fleet);
  const api = control.api();
  // Of their own, so that neither sequence depends on how the two fall together in time.
  const moments = createRandom(random.whole(1_000_000));
  // Without an answer there is no sense in asking on before somebody listens: that would only make a long list of refusals.
  const pause = async () => {
    await sleep(20 + moments.whole(120));
    await control.process.waitReady();
  };
  const requests = createRequests({
    api,
    random: createRandom(random.whole(1_000_000)),
    ground,
    note,
    pause,
  });
  const kills = createKills(fleet, random, note);
  const recoveries: number[] = [];
  const startedAt = performance.now();
  let done = 0;
  while (done < rounds && performance.now() - startedAt < endAfterMs) {
    requests.start();
    const until = Math.min(rounds, done + checkEvery);
    for (; done < until; done++) await kills.one();
    const lastKill = performance.now();
    await requests.stop();
    await kills.allBack();
    await untilAgreed({ fleet, api, ground, requests, timeoutMs: options.recoverWithinMs });
    recoveries.push(performance.now() - lastKill);
    note(`agreed ${Math.round(performance.now() - lastKill)} ms after kill ${done}`);
  }
  return {
    rounds: done,
    kills: Object.fromEntries(kills.counts),
    sent: requests.sent,
    acknowledged: requests.acknowledged.length,
    unanswered: requests.unanswered.length,
    recoveries,
  };
}

function controlOf({ control }: Fleet) {
  if (!control) throw new Error('crash: no control server');
  return control;
}

function createKills(fleet: Fleet, random: Random, note: (text: string) => void) {
  const victims = victimsOf(fleet);
  const killed = new Map<Victim, number>();
  const counts = new Map<string, number>();
  const back = async (victim: Victim) => {
    const pid = killed.get(victim);
    if (pid !== undefined) await untilBack(victim, pid);
  };
  return {
    counts,
    /** Any of them, at any moment of the next 400 ms: of work, or of its start. */
    async one(): Promise<void> {
      const victim = random.pick(victims);
      await Promise.all([sleep(random.whole(400)), back(victim)]);
      killed.set(victim, victim.pid());
      await victim.kill(random);
      counts.set(victim.name, (counts.get(victim.name) ?? 0) + 1);
      note(`kill -9 ${victim.name}`);
    },
    async allBack(): Promise<void> {
      await Promise.all([...killed.keys()].map(back));
    },
  };
}
