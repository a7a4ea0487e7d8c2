import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { refuseWhenClosing } from './child.ts';
import type { ControlServer } from './control.ts';
import { ROOT } from './root.ts';
import type { Sandbox } from './sandbox.ts';

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** From start to end of the process. */
  readonly ms: number;
}

export interface CliOptions {
  readonly sandbox: Sandbox;
  /** Whose admin it is; without, it has no context at all. */
  readonly control?: ControlServer | undefined;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What stands on standard input. */
  readonly input?: string;
  /** Called with all that was printed so far whenever there is more; may send it a signal, as Ctrl-C does. */
  readonly onOutput?: (printed: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** The environment in which `runCli` runs it, for tests that run it through a shell. */
export function cliEnvironment({ sandbox, control, env }: CliOptions): NodeJS.ProcessEnv {
  return { ...plainEnvironment(sandbox, homeOf(sandbox)), ...adminOf(control), ...env };
}

/** Runs `hafleet ARG...` as a person would, off a terminal, with a home folder in the sandbox. */
export async function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  const { sandbox, cwd, input = '', onOutput } = options;
  refuseWhenClosing(sandbox);
  const startedAt = performance.now();
  const child = spawn(process.execPath, [join(ROOT, 'bin/hafleet.js'), ...args], {
    cwd: cwd ?? homeOf(sandbox),
    env: cliEnvironment(options),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // It may end without reading its input.
  child.stdin.on('error', () => undefined).end(input);
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (part: string) => {
      output[stream] += part;
      onOutput?.(output.stdout + output.stderr, (signal) => child.kill(signal));
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output, ms: performance.now() - startedAt };
}

function homeOf({ folder }: Sandbox): string {
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  return home;
}

/** Nothing of the caller's own hafleet may colour the result. */
function plainEnvironment(sandbox: Sandbox, home: string): NodeJS.ProcessEnv {
  const own = Object.entries(sandbox.env).filter(
    ([name]) => !/^(HAFLEET_(?!SANDBOX$)|XDG_|LC_|LANG|NO_COLOR|CLICOLOR|FORCE_COLOR)/.test(name),
  );
  return { ...Object.fromEntries(own), HOME: home, LANG: 'C.UTF-8' };
}

function adminOf(control: ControlServer | undefined): Record<string, string> {
  return control ? { HAFLEET_SERVER: control.url, HAFLEET_TOKEN_FILE: control.adminTokenFile } : {};
}
