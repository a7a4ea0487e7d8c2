import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createSandbox,
  globalSection,
  startHaproxy,
  type Haproxy,
  type HaproxyPaths,
  type Sandbox,
} from '../../dev/index.ts';
import {
  createRuntimeClient,
  encodeCommand,
  isRuntimeError,
  type Command,
  type RuntimeClient,
} from '../../src/haproxy/runtime/index.ts';
import { oldestAndNewest } from '../support/fleet-facts.ts';
import { commandWords } from '../support/fuzz/index.ts';
import { near } from '../support/fuzz/words.ts';
import { createRandom } from '../support/random.ts';

const COMMANDS = 3_000;
const ENTRIES = 500;
/** So often HAProxy is asked something whose answer is known: one answer too many or too few shows there. */
const ASK_EVERY = 50;
const random = createRandom();

const config = (paths: HaproxyPaths, front: string) => `${globalSection(paths)}
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend main
  bind ${front}:8080
  http-request set-header x-map %[path,map(${paths.folder}/m.map)]
  default_backend web
backend web
  server web1 127.0.0.1:1
  server web2 127.0.0.1:1
backend guard
  server g1 127.0.0.1:1 weight 7
`;

/** The words as one command, or undefined where they are refused with a code. */
function encoded(words: readonly string[]): Command | undefined {
  try {
    return encodeCommand(words);
  } catch (thrown) {
    if (isRuntimeError(thrown) && thrown.outcome === 'not-sent') return undefined;
    throw thrown;
  }
}

describe.each(oldestAndNewest())(
  `strangers’ words on HAProxy %s (HAFLEET_SEED=${random.seed})`,
  (version) => {
    let sandbox: Sandbox;
    let haproxy: Haproxy;
    let client: RuntimeClient;
    let map: string;

    beforeAll(async () => {
      sandbox = await createSandbox({ name: 'fuzz' });
      const front = sandbox.address('node', 1);
      haproxy = await startHaproxy({
        sandbox,
        name: 'lb1',
        version,
        config: (paths) => {
          map = join(paths.folder, 'm.map');
          writeFileSync(map, '');
          return config(paths, front);
        },
      });
      client = createRuntimeClient({ address: { path: haproxy.paths.statsSocket } });
    });
    afterAll(async () => {
      client.close();
      await sandbox.close();
    });

    const guardState = async () => {
      const rows = await client.readServersState('guard');
      return rows.map(({ secondsSinceChange: _passes, ...row }) => row);
    };

    it('make one command with one answer, or none; nobody else is touched', async () => {
      const before = await guardState();
      for (let at = 0; at < COMMANDS; at++) {
        const words = commandWords(random);
        const line = encoded(words);
        if (line !== undefined)
          await client.transport.request(line).catch((thrown: unknown) => {
            throw new Error(`after ${JSON.stringify(words)}`, { cause: thrown });
          });
        if (at % ASK_EVERY !== 0) continue;
        const known = await client.transport.request(encodeCommand(['show', 'cli', 'level']));
        expect(known.text(), JSON.stringify(words)).toBe('admin\n');
      }
      expect(await guardState()).toEqual(before);
      const main = (await client.readStat()).filter(
        ({ type, pxname }) => type === 'frontend' && pxname === 'main',
      );
      expect(main.map(({ status }) => status)).toEqual(['OPEN']);
    });

    it('arrive as they were written: what a map was told is what it has', async () => {
      await client.transport.request(encodeCommand(['clear', 'map', map]));
      const wanted: string[] = [];
      while (wanted.length < ENTRIES) {
        const [key, value] = [near(random, ['/k1', 'a b', 'x\\']), near(random, ['v1', 'two words', '\\'])];
        const line = encoded(['add', 'map', map, key, value]);
        // An answer beyond one buffer is the reader's matter, and has tests of its own.
        if (line === undefined || line.length > 1_000) continue;
        expect((await client.transport.request(line)).text()).toBe('');
        wanted.push(`${key} ${value}`);
      }
      const answer = await client.transport.requestOnce([encodeCommand(['show', 'map', map])]);
      const found = answer.text().trimEnd().split('\n');
      expect(found.map((line) => line.replace(/^0x[0-9a-f]+ /, ''))).toEqual(wanted);
    });
  },
);
