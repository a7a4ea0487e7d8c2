import { linesOf, unexpectedAnswer } from './codec/lines.ts';
import type { Ask } from './ask.ts';
import type { RequestOptions } from './transport.ts';

const LEVELS = ['user', 'operator', 'admin'] as const;
/** What the connection may do: user and operator look, admin changes. */
export type CliLevel = (typeof LEVELS)[number];

/** A line of `show cli sockets`. */
export interface CliSocket {
  /** Such as `unix@/run/haproxy/admin.sock`, `ipv4@127.0.0.1:9999`; `sockpair@N` is the master's. */
  readonly address: string;
  readonly level: CliLevel;
}

export async function readCliLevel(ask: Ask, options?: RequestOptions): Promise<CliLevel> {
  return parseLevel('show cli level', (await ask.kept(['show', 'cli', 'level'], options)).trim());
}

export async function readCliSockets(ask: Ask, options?: RequestOptions): Promise<CliSocket[]> {
  return parseCliSockets(await ask.kept(['show', 'cli', 'sockets'], options));
}

/** Throws `unexpected-answer`. The master prints nothing at all. */
export function parseCliSockets(text: string): CliSocket[] {
  const [header, ...lines] = linesOf(text);
  if (header === undefined) return [];
  if (!header.startsWith('# socket lvl')) throw unexpectedAnswer('show cli sockets', text);
  return lines.map((line) => {
    const [address = '', level = ''] = line.split(' ');
    return { address, level: parseLevel('show cli sockets', level) };
  });
}

function parseLevel(command: string, text: string): CliLevel {
  const level = LEVELS.find((name) => name === text);
  if (!level) throw unexpectedAnswer(command, text);
  return level;
}
