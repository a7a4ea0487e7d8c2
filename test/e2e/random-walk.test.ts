import { describe, expect, it } from 'vitest';
import { type Fleet, waitForAgents, waitUntil } from '../../dev/index.ts';
import { ApiError, type Change } from '../../src/api/index.ts';
import { fleetsOfThisFile, oldestAndNewest } from '../support/fleet-facts.ts';
import { randomChange } from '../support/random-change.ts';
import { type Random, createRandom } from '../support/random.ts';
import { isAsWanted, shownBy, wantedBy } from '../support/wanted.ts';

const start = fleetsOfThisFile();

const NODES = ['lb1', 'lb2'];
const NAMES = ['web1', 'web2', 'web3', 'web4'];
const SERVERS = NAMES.map((name) => `web/${name}`);
/** Acknowledged changes that a walk is made of, with about as much trouble between them. */
const CHANGES = 30;
/** No new step after this; what was begun is finished. */
const WALK_MS = 45_000;
/** From the last repair until every instance is as was acknowledged. */
const SETTLE_MS = 30_000;

type Acknowledged = Pick<Change, 'id' | 'kind' | 'on' | 'servers' | 'weight'>;

/** Everything that may happen to a fleet, one at a time and each in its own good time. */
class Walk {
  readonly acknowledged: Acknowledged[] = [];
  readonly trace: string[] = [];
  readonly #fleet: Fleet;
  readonly #random: Random;

  constructor(fleet: Fleet, random: Random) {
    this.#fleet = fleet;
    this.#random = random;
  }

  async step(): Promise<void> {
    const dice = this.#random.whole(100);
    if (dice < 55) return this.#change();
    if (dice < 67) return this.#reload();
    if (dice < 73) return this.#killHaproxy();
    if (dice < 80) return this.#killAgent();
    if (dice < 85) return this.#killServer();
    if (dice < 93) return this.#link();
    return this.#application();
  }

  /** Ends every disturbance: what is left is to become as was acknowledged. */
  async repair(): Promise<void> {
    for (const node of this.#fleet.nodes) {
      await node.agentLink?.heal();
      node.agent?.process.thaw();
    }
    for (const name of NAMES) await this.#fleet.app(name).behave({ kind: 'ok' });
    for (const { haproxy } of this.#fleet.instances) await haproxy.waitReady();
    const { control } = this.#fleet;
    await control?.process.waitReady();
    if (control) await waitForAgents(control, this.#fleet.nodes);
  }

  #note(text: string): void {
    this.trace.push(text);
  }

  async #change(): Promise<void> {
    const request = randomChange(this.#random, { nodes: NODES, servers: SERVERS });
    const said = `${request.kind} ${request.targets[0]} on ${request.on} ${request.weight ?? ''}`;
    try {
      const answer = await this.#fleet.control?.api().createChange(request);
      this.#note(`${said}: ${answer?.change?.id ?? 'already so'}`);
      if (answer?.change) this.acknowledged.push(answer.change);
    } catch (thrown) {
      if (!(thrown instanceof ApiError) || !thrown.retryable) throw thrown;
      this.#note(`${said}: ${thrown.code}`);
    }
  }

  async #reload(): Promise<void> {
    const { haproxy, name } = this.#random.pick(this.#fleet.instances);
    const way = this.#random.pick(['signal', 'master'] as const);
    this.#note(`reload ${name} by ${way}`);
    await haproxy.waitReady();
    await haproxy.reload(way);
  }

  async #killHaproxy(): Promise<void> {
    const { haproxy, name } = this.#random.pick(this.#fleet.instances);
    const { restarts } = haproxy;
    this.#note(`kill -9 HAProxy ${name}`);
    if (this.#random.whole(2) === 0) await haproxy.killWorker();
    else haproxy.killMaster();
    await waitUntil(() => haproxy.restarts > restarts, { for: `the restart of ${name}` });
    await haproxy.waitReady();
  }

  async #killAgent(): Promise<void> {
    const { agent, name } = this.#random.pick(this.#fleet.nodes);
    this.#note(`kill -9 agent ${name}`);
    agent?.process.kill('SIGKILL');
  }

  async #killServer(): Promise<void> {
    const { control } = this.#fleet;
    this.#note('kill -9 server');
    const restarts = control?.process.restarts ?? 0;
    control?.process.kill('SIGKILL');
    await waitUntil(() => (control?.process.restarts ?? 0) > restarts, { for: 'the restart of the server' });
    await control?.process.waitReady();
  }

  async #link(): Promise<void> {
    const { agentLink, name } = this.#random.pick(this.#fleet.nodes);
    const weather = this.#random.pick(['cut', 'stall', 'heal', 'heal', 'heal'] as const);
    this.#note(`${weather} link of ${name}`);
    await agentLink?.[weather]();
  }

  async #application(): Promise<void> {
    const name = this.#random.pick(NAMES);
    const works = this.#random.whole(2) === 0;
    this.#note(`${name} ${works ? 'works' : 'fails'}`);
    await this.#fleet.app(name).behave(works ? { kind: 'ok' } : { kind: 'fail', status: 500 });
  }
}

async function changesOf(fleet: Fleet): Promise<readonly Change[]> {
  return (await fleet.control?.api().changes({ limit: 500 }))?.items ?? [];
}

describe.each(oldestAndNewest())('a random walk over two nodes of HAProxy %s', (version) => {
  it.each([true, false])(
    'ends where every instance is as was acknowledged (state file: %s)',
    async (stateFile) => {
      const random = createRandom();
      const fleet = await start({
        nodes: NODES.map((name) => ({ name, version })),
        backends: { web: NAMES },
        stateFile,
        control: true,
      });
      const walk = new Walk(fleet, random);
      const about = () => `HAFLEET_SEED=${random.seed}\n${walk.trace.join('\n')}`;
      try {
        const startedAt = performance.now();
        while (walk.acknowledged.length < CHANGES && performance.now() - startedAt < WALK_MS)
          await walk.step();
        await walk.repair();
        await waitUntil(async () => (await changesOf(fleet)).every(({ state }) => state !== 'running'), {
          for: 'every change to settle',
          timeoutMs: SETTLE_MS,
          everyMs: 100,
        });
        const changes = await changesOf(fleet);
        expect(walk.acknowledged.length, about()).toBeGreaterThan(CHANGES / 3);
        // Nothing acknowledged is lost, and nothing says something else than it did.
        for (const { id, kind, on, servers } of walk.acknowledged)
          expect(
            changes.find((change) => change.id === id),
            about(),
          ).toMatchObject({ kind, on, servers });
        const wanted = wantedBy(changes, { nodes: NODES, servers: SERVERS });
        await waitUntil(async () => isAsWanted(await shownBy(fleet), wanted), {
          for: 'every instance to be as wanted',
          timeoutMs: SETTLE_MS,
          everyMs: 100,
        }).catch(() => undefined);
        const states = changes
          .map(({ id, kind, state, step }) => `${id} ${kind} ${state}: ${step}`)
          .reverse();
        expect(await shownBy(fleet), `${about()}\n${states.join('\n')}`).toEqual(wanted);
        console.log(
          `HAProxy ${version}: ${walk.trace.length} steps, ${changes.length} changes, seed ${random.seed}`,
        );
      } catch (thrown) {
        console.log(about());
        throw thrown;
      }
    },
  );
});
