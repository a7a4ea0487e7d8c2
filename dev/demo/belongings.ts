import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Fleet, Sandbox } from '../index.ts';

/** What lies in the sandbox, counted before the end. */
export interface Written {
  readonly files: number;
  readonly bytes: number;
}

export interface Farewell {
  readonly lines: readonly string[];
  /** What is left, in words; undefined when nothing is. */
  readonly left: string | undefined;
}

export function countWritten({ folder }: Sandbox): Written {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const sizes = paths.flatMap((path) => sizeOf(join(folder, path)));
  return { files: sizes.length, bytes: sizes.reduce((a, b) => a + b, 0) };
}

/** After the end: what there was, and whether it is gone. */
export function farewell(sandbox: Sandbox, { files, bytes }: Written, fleet: Fleet | undefined): Farewell {
  const running = sandbox.processes();
  const isThere = existsSync(sandbox.folder);
  const isKept = Boolean(process.env['HAFLEET_KEEP']);
  return {
    lines: [
      `started   ${whatStarted(fleet)}`,
      `wrote     ${files} files, ${Math.ceil(bytes / 1024)} kB, all of them in ${sandbox.folder}`,
      `removed   ${isThere ? 'not the folder, it is still there' : 'the folder'}; processes still running: ${running.length}`,
      'kept      what it installed: node_modules/, dist/, and the HAProxy programs in ~/.cache/hafleet',
    ],
    left:
      running.length > 0
        ? `processes are left: ${running.join(' ')}`
        : isThere && !isKept
          ? `${sandbox.folder} is left`
          : undefined,
  };
}

function whatStarted(fleet: Fleet | undefined): string {
  if (!fleet) return 'a part of the fleet';
  const haproxies = fleet.instances.length + (fleet.outer ? 1 : 0);
  const agents = fleet.nodes.filter(({ agent }) => agent).length;
  return `${haproxies} HAProxy, ${agents} agents, the control server, applications and clients, all on 127.x.x.x`;
}

/** Of a plain file; a socket has none, and a file may go while we look. */
function sizeOf(path: string): number[] {
  try {
    const stat = statSync(path);
    return stat.isFile() ? [stat.size] : [];
  } catch {
    return [];
  }
}
