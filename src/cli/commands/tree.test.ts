import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildProgram, type Asked } from '../program.ts';
import { createTestWorld } from '../support/test-world.ts';
import { createCli } from '../cli.ts';
import { readSettings } from '../settings.ts';
import { VERSION } from '../version.ts';
import { NOUNS, TREE } from './tree.ts';

/** What a shell makes of an example: no more than quotes is used in them. */
function wordsOf(example: string): string[] {
  const bare = example.replace(/^(?:[A-Z_]+=\S+ )*hafleet /, '');
  return [...bare.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
}

async function parse(argv: readonly string[]): Promise<Asked | undefined> {
  let asked: Asked | undefined;
  const onCommand = (one: Asked) => {
    asked = one;
    return Promise.resolve();
  };
  await buildProgram({ onCommand, onHelp: () => undefined }).parseAsync([...argv], { from: 'user' });
  return asked;
}

describe('the tree of commands', () => {
  it.each(TREE.map((entry) => [entry.path, entry] as const))(
    '%s leads its help with two examples that parse',
    async (path, entry) => {
      const { command } = await entry.load();
      expect(command.examples.length).toBeGreaterThanOrEqual(2);
      expect(new Set(command.examples).size).toBe(command.examples.length);
      for (const example of command.examples) {
        const asked = await parse(wordsOf(example));
        expect(asked?.entry.path).toBe(path);
        const { world } = createTestWorld();
        const typed = asked?.typed;
        if (!asked || !typed) throw new Error(example);
        const cli = createCli(world, readSettings(typed, {}));
        expect(() => asked.command.read(asked.args, typed, cli)).not.toThrow();
      }
    },
  );

  it('has a file for every verb and a verb for every file', () => {
    const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && path !== 'tree.ts')
      .map((path) => path.replace('.ts', '').replace('/', ' '));
    expect(files.sort()).toEqual(TREE.map(({ path }) => path).sort());
  });

  it('knows every noun', () => {
    const nouns = TREE.flatMap(({ path }) => (path.includes(' ') ? path.split(' ').slice(0, 1) : []));
    expect(new Set(nouns)).toEqual(new Set(Object.keys(NOUNS)));
  });

  it('gives every command that changes something a dry run, and a way to say yes', async () => {
    for (const path of [
      'server drain',
      'server disable',
      'server enable',
      'server weight',
      'server kill-sessions',
      'backend set',
      'node remove',
      'change undo',
    ]) {
      const entry = TREE.find((one) => one.path === path);
      const flags = (await entry?.load())?.command.options.map((option) => option.flags);
      expect(flags).toEqual(expect.arrayContaining(['-n, --dry-run', '-y, --yes']));
    }
  });
});

describe('help', () => {
  it.each([
    [['--help'], 'hafleet COMMAND --help tells more'],
    [['server', '--help'], 'hafleet server VERB --help tells more'],
    [['server', 'drain', '--help'], '--wait DURATION'],
    [['help', 'server', 'drain'], '--wait DURATION'],
    [['help', 'exit-codes'], 'refused by a guard'],
    [['help', 'environment'], 'HAFLEET_TOKEN_FILE'],
    [['help', 'node-sets'], 'lb[1-4,7]'],
    [['help'], 'Operate a fleet'],
    [['help', 'server'], 'server drain'],
  ])('%j is on standard output, exit 0', async (argv, part) => {
    const test = createTestWorld();
    expect(await test.run(...argv)).toBe(0);
    expect(test.out()).toContain(part);
    expect(test.err()).toBe('');
  });

  it('suggests what is near, and exits 64', async () => {
    const test = createTestWorld();
    expect(await test.run('help', 'exit-code')).toBe(64);
    expect(test.err()).toContain('did you mean exit-codes?');
  });

  it('asks for the verb where there is none', async () => {
    const test = createTestWorld();
    expect(await test.run('server')).toBe(64);
    expect(test.out()).toBe('');
  });
});

describe('the version', () => {
  it("is the package's", () => {
    const root = join(import.meta.dirname, '../../..');
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(VERSION).toBe(version);
  });
});
