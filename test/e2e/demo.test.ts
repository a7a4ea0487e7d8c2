import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ROOT } from '../../dev/index.ts';

/** Beside other tests on two cores it takes its time. */
const TIMEOUT_MS = 300_000;
const MARK = 'HAFLEET_DEMO_TEST';

interface Played {
  readonly process: ChildProcess;
  readonly mark: string;
  readonly output: () => string;
  readonly code: Promise<number | null>;
}

/** All that the demo starts inherits its environment: by a mark in it everything is found, also what left its process group. */
function start(...args: string[]): Played {
  const mark = `${MARK}=${process.pid}-${Math.random().toString(36).slice(2)}`;
  const [name = '', value = ''] = mark.split('=');
  const child = spawn(process.execPath, [join(ROOT, 'dist/dev/demo.js'), ...args], {
    env: { ...process.env, HAFLEET_KEEP: '', [name]: value },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGTERM'));
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => (output += part));
  const code = once(child, 'close').then(([exit]) => exit as number | null);
  return { process: child, mark, output: () => output, code };
}

function processesWith(mark: string): string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && hasMark(pid, mark));
}

function hasMark(pid: string, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark);
  } catch {
    return false;
  }
}

function lastLine(output: string): unknown {
  return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '');
}

/** Nothing of it runs, and the folder that it named is gone. */
function expectNothingLeft({ mark, output }: Played): void {
  expect(processesWith(mark)).toEqual([]);
  const [folder] = /\/tmp\/hf-\w+/.exec(output()) ?? [];
  expect(folder).toBeDefined();
  expect(existsSync(folder ?? '/')).toBe(false);
}

describe('npm run demo', { timeout: TIMEOUT_MS }, () => {
  it.each([['fleet'], ['milkcheck']])(
    'plays %s without a failed request and leaves nothing behind',
    async (name) => {
      const demo = start(name);
      expect(await demo.code, demo.output()).toBe(0);
      const { requests, ...result } = lastLine(demo.output()) as { requests: number };
      expect(result).toEqual({ demo: 'ok', failed: 0 });
      expect(requests).toBeGreaterThan(500);
      expect(demo.output()).not.toContain('\u001b[');
      expectNothingLeft(demo);
    },
  );

  it('ends all it started at Ctrl-C, in the middle of a step', async () => {
    const demo = start();
    await new Promise<void>((resolve) => {
      demo.process.stdout?.on('data', () => {
        if (demo.output().includes('3/12')) resolve();
      });
    });
    demo.process.kill('SIGINT');
    demo.process.kill('SIGINT');
    expect(await demo.code).toBe(130);
    expect(lastLine(demo.output())).toMatchObject({ demo: 'failed', reason: 'stopped by a signal' });
    expectNothingLeft(demo);
  });

  it('names its stories when it is asked for one that it does not have', async () => {
    const demo = start('nosuch');
    expect(await demo.code).toBe(64);
    expect(demo.output()).toMatch(/no story "nosuch"[\s\S]*fleet[\s\S]*milkcheck/);
  });
});
