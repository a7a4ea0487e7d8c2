import type { Line } from '../text/index.ts';

/** One HAProxy that runs on this machine, as far as `up` has to know it. */
export interface FoundHaproxy {
  readonly name: string;
  readonly pid: number;
  readonly configFiles: readonly string[];
  readonly statsSocket: { readonly address: string; readonly level?: string } | undefined;
  readonly findings: readonly { readonly blocks: boolean; readonly message: string }[];
}

export interface UpOptions {
  /** The node's name: this machine. */
  readonly node: string;
  readonly dataFolder: string;
  readonly listen: { readonly host: string; readonly port: number };
}

export interface UpPlan {
  /** Names of those that can be read: they become instances. */
  readonly instances: readonly string[];
  /** What was found and what is in the way, one sentence each. */
  readonly lines: readonly Line[];
}

/** What `up` would do with what runs here. Writes nothing and starts nothing. */
export function planUp(found: readonly FoundHaproxy[]): UpPlan {
  const instances = found.filter(({ statsSocket }) => statsSocket !== undefined).map(({ name }) => name);
  return { instances, lines: found.length === 0 ? [NOTHING_FOUND] : found.flatMap(foundLines) };
}

const NOTHING_FOUND =
  'No HAProxy runs on this machine that this user can see: start it, or run hafleet as a user that may see its process.';

/** What will be started, in the order in which it happens. */
export function renderIntention({ instances }: UpPlan, { node, dataFolder, listen }: UpOptions): Line[] {
  if (instances.length === 0) return ['Nothing to start: none of them can be read.'];
  const names = instances.join(', ');
  return [
    `Would keep its data in ${dataFolder}, and listen on ${listen.host}:${listen.port}.`,
    `Would start a server and an agent (node ${node}) for ${names}, and write the context \`local\`.`,
    'HAProxy itself would not be touched: nothing is written to it, its files or its sockets until you ask for a change.',
  ];
}

/** The name of this machine, cut to what a node may be called. */
export function nodeName(hostname: string): string {
  const [first = ''] = hostname.split('.');
  const name = first.replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, 63);
  return /^[A-Za-z0-9]/.test(name) ? name : 'localhost';
}

function foundLines({ name, pid, configFiles, statsSocket, findings }: FoundHaproxy): Line[] {
  const config = configFiles.length === 0 ? 'its configuration cannot be read' : configFiles.join(', ');
  const socket = statsSocket ? `, ${statsSocket.address} (level ${statsSocket.level ?? 'unknown'})` : '';
  return [
    `Found HAProxy ${name}, pid ${pid}: ${config}${socket}.`,
    ...findings.map(({ blocks, message }) => `  ${blocks ? 'missing: ' : 'better: '}${message}`),
  ];
}
