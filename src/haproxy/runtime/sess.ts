import { parseDuration } from './codec/duration.ts';
import { linesOf, unexpectedAnswer } from './codec/lines.ts';
import type { Ask } from './ask.ts';
import type { ServerRef } from './server-ref.ts';
import type { RequestOptions } from './transport.ts';

/** One line of `show sess`. Names are null where the session has none (yet), such as `<none>` and `<NONE>`. */
export interface Session {
  /** The pointer that `show sess` and `shutdown session` take. */
  readonly id: string;
  readonly proto: string;
  /** The client, `address:port`; null for a session of HAProxy's own, such as a peer's. */
  readonly src: string | null;
  readonly frontend: string | null;
  readonly backend: string | null;
  readonly server: string | null;
  readonly ageSeconds: number;
}

/** A session of `show sess all`, with the number that logs call `%rt`. */
export interface SessionDetail extends Session {
  readonly number: number;
  /** When it began, as printed. */
  readonly since: string;
}

/** `show sess`, operator. Sessions of one server only where `of` is given. */
export async function readSessions(ask: Ask, of?: ServerRef, options?: RequestOptions): Promise<Session[]> {
  return forServer(parseSessions(await ask.fresh(['show', 'sess'], options)), of);
}

/** `show sess all`, operator. */
export async function readSessionDetails(
  ask: Ask,
  of?: ServerRef,
  options?: RequestOptions,
): Promise<SessionDetail[]> {
  return forServer(parseSessionDetails(await ask.fresh(['show', 'sess', 'all'], options)), of);
}

function forServer<S extends Session>(sessions: readonly S[], of: ServerRef | undefined): S[] {
  return sessions.filter(({ backend, server }) => !of || (backend === of.backend && server === of.server));
}

/** Throws `unexpected-answer`. */
export function parseSessions(text: string): Session[] {
  return linesOf(text).map((line) => {
    const match = /^(0x[0-9a-f]+): proto=(\S*) (.*)$/.exec(line);
    if (!match) throw unexpectedAnswer('show sess', line);
    const fields = fieldsOf(match[3] ?? '');
    return {
      id: match[1] ?? '',
      proto: match[2] ?? '',
      src: fields['src'] ?? null,
      frontend: named(fields['fe']),
      backend: named(fields['be']),
      server: named(fields['srv']),
      ageSeconds: age(fields['age'], line),
    };
  });
}

function fieldsOf(text: string): Record<string, string> {
  return Object.fromEntries(text.split(' ').map((field) => splitAt(field, field.indexOf('='))));
}

function splitAt(field: string, at: number): [string, string] {
  return at < 0 ? [field, ''] : [field.slice(0, at), field.slice(at + 1)];
}

function named(name: string | undefined): string | null {
  return name === undefined || /^<none>$/i.test(name) ? null : name;
}

function age(text: string | undefined, line: string): number {
  // 2.6 prints `?` where its second of now is before that of the session: it has just begun.
  const seconds = text === '?' ? 0 : parseDuration(text ?? '');
  if (seconds === undefined) throw unexpectedAnswer('show sess', line);
  return seconds;
}

/** Throws `unexpected-answer`. */
export function parseSessionDetails(text: string): SessionDetail[] {
  const trimmed = text.replace(/\n+$/, '');
  return trimmed === '' ? [] : trimmed.split(/\n(?=\S)/).map(parseDetail);
}

function parseDetail(record: string): SessionDetail {
  const head = /^(0x[0-9a-f]+): \[([^\]]+)\] id=(\d+) proto=(\S+)(?: source=(\S+))?/.exec(record);
  const find = (pattern: RegExp): string | undefined => pattern.exec(record)?.[1];
  if (!head) throw unexpectedAnswer('show sess all', record);
  return {
    id: head[1] ?? '',
    since: head[2] ?? '',
    number: Number(head[3]),
    proto: head[4] ?? '',
    src: head[5] ?? null,
    frontend: named(find(/^ {2}frontend=(\S+) \(/m)),
    backend: named(find(/^ {2}backend=(\S+) \(/m)),
    server: named(find(/^ {2}server=(\S+) \(/m)),
    ageSeconds: age(find(/^ {2}task=.* age=(\S+?)\)/m), record),
  };
}
