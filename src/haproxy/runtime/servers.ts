import { isIP } from 'node:net';
import { RuntimeError } from './codec/errors.ts';
import { excerpt } from './codec/excerpt.ts';
import { unexpectedAnswer } from './codec/lines.ts';
import type { Ask } from './ask.ts';
import { serverWord, type ServerRef } from './server-ref.ts';
import type { RequestOptions } from './transport.ts';

/** What an operator sets; read back it is operational state and admin flags. */
export type AdminState = 'ready' | 'drain' | 'maint';
/** Absolute, 0 to 256, or a part of the configured weight such as `50%`. */
export type Weight = number | `${number}%`;

export interface ServerAddress {
  /** An IP literal. */
  readonly address: string;
  /** 1 to 65535. */
  readonly port: number;
}

export interface AddressChange {
  /** False where the server had this address already. */
  readonly changed: boolean;
  /** What HAProxy said, for the record. */
  readonly text: string;
}

export interface ServerWeight {
  readonly weight: number;
  readonly initial: number;
}

const setServer = (ref: ServerRef, ...words: string[]): string[] => [
  'set',
  'server',
  serverWord(ref),
  ...words,
];

export function setServerState(
  ask: Ask,
  ref: ServerRef,
  state: AdminState,
  options?: RequestOptions,
): Promise<void> {
  return ask.silent(setServer(ref, 'state', state), options);
}

/**
 * Throws `value-refused` before anything is set, `static-weight` where the backend cannot.
 *
 * HAProxy rounds a percentage down to a whole weight, so 50% of the weight 1, the default, is 0: out of the rotation,
 * without a word, in every version. That is refused here; 0 can be asked for by its name.
 */
export async function setServerWeight(
  ask: Ask,
  ref: ServerRef,
  weight: Weight,
  options?: RequestOptions,
): Promise<void> {
  const word = weightWord(weight);
  if (typeof weight === 'string') await refuseRoundingToZero(ask, ref, weight, options);
  await ask.silent(setServer(ref, 'weight', word), options);
}

async function refuseRoundingToZero(
  ask: Ask,
  ref: ServerRef,
  weight: string,
  options: RequestOptions | undefined,
): Promise<void> {
  const percent = Number(weight.slice(0, -1));
  const { initial } = await readServerWeight(ask, ref, options);
  if (percent === 0 || initial === 0 || initial * percent >= 100) return;
  throw new RuntimeError(
    'value-refused',
    `${weight} of the configured weight ${initial} is rounded down to 0.`,
    {
      hint: 'Give an absolute weight, or raise the weights of the whole backend.',
      facts: { initial },
    },
  );
}

function weightWord(weight: Weight): string {
  const text = String(weight);
  const isWeight = typeof weight === 'number' ? isWhole(weight, 0, 256) : /^\d+%$/.test(text);
  if (isWeight) return text;
  throw new RuntimeError('value-refused', `Not a weight: ${excerpt(text)}`, {
    hint: 'Give 0 to 256, or a percentage of the configured weight such as 50%.',
  });
}

export async function readServerWeight(
  ask: Ask,
  ref: ServerRef,
  options?: RequestOptions,
): Promise<ServerWeight> {
  const text = await ask.kept(['get', 'weight', serverWord(ref)], options);
  const match = /^(\d+) \(initial (\d+)\)\s*$/.exec(text);
  if (!match) throw unexpectedAnswer('get weight', text);
  return { weight: Number(match[1]), initial: Number(match[2]) };
}

/**
 * Address and port. HAProxy itself takes port 99999 (and makes 34463 of it), 0 and names, so both are checked here:
 * `value-refused`. From 3.0 on it answers before the change is done: read with `waitForAddress`.
 */
export async function setServerAddress(
  ask: Ask,
  ref: ServerRef,
  to: ServerAddress,
  options?: RequestOptions,
): Promise<AddressChange> {
  refuseAddress(to);
  const words = setServer(ref, 'addr', to.address, 'port', portWord(to.port));
  return parseAddressChange(await ask.kept(words, options));
}

function refuseAddress({ address }: ServerAddress): void {
  // A zone (`fe80::1%eth0`) passes isIP; HAProxy has no such thing.
  if (isIP(address) === 0 || address.includes('%'))
    throw new RuntimeError('value-refused', `Not an IP address: ${excerpt(address)}`);
}

function portWord(port: number): string {
  if (!isWhole(port, 1, 65_535)) throw new RuntimeError('value-refused', `Not a port: ${port}`);
  return String(port);
}

function isWhole(value: number, from: number, to: number): boolean {
  return Number.isInteger(value) && value >= from && value <= to;
}

/** Success is a text, in other words in each version. Throws `unexpected-answer`. */
export function parseAddressChange(text: string): AddressChange {
  const changed = /\b(IP|port) changed from /.test(text);
  // 2.6 can change one part, refuse the other and say both in one line.
  const isPartial = /\b(problem|cannot|can't|invalid|not supported)\b/i.test(text);
  if (isPartial || (!changed && !/\b(no need to change the (addr|port)|nothing changed)\b/.test(text)))
    throw unexpectedAnswer('set server addr', text);
  return { changed, text: text.trim() };
}

/**
 * Health as a check would find it. Beware of `down` on a server without a check: every version takes it, and nothing
 * ever brings the server up again but `up`. See `startHealthGate`.
 */
export function setServerHealth(
  ask: Ask,
  ref: ServerRef,
  health: 'up' | 'stopping' | 'down',
  options?: RequestOptions,
): Promise<void> {
  return ask.silent(setServer(ref, 'health', health), options);
}

/** Throws `agent-not-enabled` where the server has no agent check. */
export function setServerAgent(
  ask: Ask,
  ref: ServerRef,
  agent: 'up' | 'down',
  options?: RequestOptions,
): Promise<void> {
  return ask.silent(setServer(ref, 'agent', agent), options);
}

/** Throws `checks-not-enabled` where the server has no check. */
export async function setServerCheckPort(
  ask: Ask,
  ref: ServerRef,
  port: number,
  options?: RequestOptions,
): Promise<void> {
  await ask.silent(setServer(ref, 'check-port', portWord(port)), options);
}

/** Ends every session of the server at once. */
export function shutdownSessions(ask: Ask, ref: ServerRef, options?: RequestOptions): Promise<void> {
  return ask.silent(['shutdown', 'sessions', 'server', serverWord(ref)], options);
}
