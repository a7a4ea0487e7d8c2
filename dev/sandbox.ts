import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { HafleetError } from '../src/lib/index.ts';
import { ROOT } from './root.ts';

/** The third number of an address says what lives there, so that a log line can be read without a table. `width` of them belong to it. */
const AREAS = {
  control: { first: 1, width: 4 },
  outer: { first: 5, width: 5 },
  node: { first: 10, width: 10 },
  app: { first: 20, width: 10 },
  relay: { first: 30, width: 100 },
} as const;
export type Area = keyof typeof AREAS;

/**
 * A folder and a block of loopback addresses that nothing else uses, and the promise that all of it goes away.
 *
 * HAProxy binds with SO_REUSEPORT: two instances on one port do not fail, each silently takes half of the connections.
 * "A free port" can therefore not be found by trying. Linux answers on all of 127.0.0.0/8, so each sandbox gets a
 * 127.N.0.0/16 of its own under a lock that guard.sh holds, and ports inside it may be fixed.
 */
export interface Sandbox {
  /** Short, because a socket's path has to stay under 100 characters. */
  readonly folder: string;
  /** The environment that children need: the caller's, and the mark by which guard.sh finds them. */
  readonly env: NodeJS.ProcessEnv;
  /** `address('node', 2)` is 127.N.10.2. Indexes count from 1; nodes and applications have room for 2,540. */
  address(area: Area, index: number): string;
  /** The lowest address of the area that was not given out by this call before. */
  nextAddress(area: Area): string;
  /** True from the first call of `close`: whoever starts processes has to refuse then. */
  readonly closing: boolean;
  /** Runs at close, last registered first; at once when it is closing already. */
  onClose(end: () => Promise<void>): void;
  /** Process ids that carry the mark. */
  processes(): number[];
  /** Ends everything, in order where it goes in order and by force where not; removes the folder. Twice is once. */
  close(): Promise<void>;
}

export interface SandboxOptions {
  readonly name?: string;
  /** Leaves the folder for a look at its logs. Default: the environment variable HAFLEET_KEEP is set. */
  readonly keepFolder?: boolean;
}

async function startGuard(prefix: string, keep: boolean) {
  const guard = spawn('bash', [join(ROOT, 'dev/guard.sh'), prefix, ...(keep ? ['keep'] : [])], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // A session of its own: Ctrl-C at the terminal must not end the one that cleans up.
    detached: true,
  });
  const exited = once(guard, 'exit');
  guard.unref();
  for await (const line of createInterface({ input: guard.stdout })) {
    const [block, folder] = line.split(' ');
    if (block && folder) return { block, folder, guard, exited };
  }
  throw new HafleetError('sandbox-failed', 'guard.sh could not make a sandbox.');
}

function hasMark(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark);
  } catch {
    return false;
  }
}

function processesWith(mark: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && hasMark(pid, mark));
}

const PER_NUMBER = 254;

function addressIn(block: string, area: Area, index: number): string {
  const { first, width } = AREAS[area];
  const limit = width * PER_NUMBER;
  if (!Number.isInteger(index) || index < 1 || index > limit)
    throw new HafleetError('sandbox-full', `${area} has addresses 1 to ${limit}, not ${index}.`);
  const third = first + Math.floor((index - 1) / PER_NUMBER);
  return `127.${block}.${third}.${((index - 1) % PER_NUMBER) + 1}`;
}

export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { name = 'hf', keepFolder = Boolean(process.env['HAFLEET_KEEP']) } = options;
  const parent = tmpdir().length <= 30 ? tmpdir() : '/tmp';
  const { block, folder, guard, exited } = await startGuard(join(parent, name.slice(0, 20)), keepFolder);
  const given = new Map<Area, number>();
  const ends: (() => Promise<void>)[] = [];
  let closing: Promise<void> | undefined;

  const address = (area: Area, index: number) => addressIn(block, area, index);
  async function end(): Promise<void> {
    for (const step of ends.reverse()) await step();
    // From here on it is waited for, and may be all that is left to wait for.
    guard.ref();
    guard.stdin.end();
    await exited;
  }
  return {
    folder,
    env: { ...process.env, HAFLEET_SANDBOX: folder },
    address,
    nextAddress(area) {
      const index = (given.get(area) ?? 0) + 1;
      given.set(area, index);
      return address(area, index);
    },
    get closing() {
      return closing !== undefined;
    },
    onClose(step) {
      if (closing) void step();
      else ends.push(step);
    },
    processes: () => processesWith(`HAFLEET_SANDBOX=${folder}`),
    close: () => (closing ??= end()),
  };
}
