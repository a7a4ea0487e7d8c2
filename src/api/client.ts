import type { z } from 'zod';
import { alarmList } from './alarm.ts';
import { change, changeAnswer, changeList, type ChangeRequest } from './change.ts';
import { doctorAnswer } from './doctor.ts';
import { ApiError, isApiErrorCode } from './errors.ts';
import { eventList, type EventQuery } from './event.ts';
import {
  adoptAnswer,
  backendSettings,
  errorAnswer,
  nodeList,
  nodeView,
  serverInfo,
  type StatusAnswer,
} from './fleet.ts';

import { tokenAnswer, tokenList, tokenView, type TokenRequest } from './token.ts';
import { tryParse } from './try-parse.ts';

/** The part of `fetch` the client needs; passed in, so that TLS and tests are the caller's business. */
export type Fetch = (
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string; signal?: AbortSignal },
) => Promise<{
  status: number;
  text(): Promise<string>;
}>;

export interface ClientOptions {
  /** Base URL of the hafleet server, without a path. */
  readonly server: string;
  readonly token: string;
  readonly fetch: Fetch;
}

export interface StatusQuery {
  readonly on?: string;
  readonly backend?: string;
}

export type ApiClient = ReturnType<typeof createApiClient>;

/**
 * The typed client of the REST API. Every method throws ApiError and nothing else:
 * the server's own code, or `server-unreachable` / `answer-unreadable`.
 */
export function createApiClient(options: ClientOptions) {
  const call = <S extends z.ZodType>(
    schema: S,
    method: string,
    path: string,
    body?: unknown,
    signal?: AbortSignal,
  ) => request(options, { method, path, body, signal }).then((text) => read(schema, text));
  return {
    info: () => call(serverInfo, 'GET', '/v1/info'),
    /** Not validated cell by cell: a large fleet has tens of thousands, and the server's answer is held to the schema by test. */
    status: async (query: StatusQuery = {}): Promise<StatusAnswer> => {
      const text = await request(options, { method: 'GET', path: `/v1/status${queryText(query)}` });
      const answer = readJson(text);
      if (typeof answer !== 'object' || answer === null) throw unreadable();
      return answer as StatusAnswer;
    },
    /** Takes as long as the slowest node, ten seconds at most. */
    doctor: (query: { on?: string; exclude?: string } = {}) =>
      call(doctorAnswer, 'GET', `/v1/doctor${queryText(query)}`),
    nodes: () => call(nodeList, 'GET', '/v1/nodes'),
    node: (name: string) => call(nodeView, 'GET', `/v1/nodes/${encodeURIComponent(name)}`),
    adoptNode: (name: string, body: { dryRun: boolean }) =>
      call(adoptAnswer, 'POST', `/v1/nodes/${encodeURIComponent(name)}/adopt`, body),
    removeNode: (name: string) => call(nodeView, 'DELETE', `/v1/nodes/${encodeURIComponent(name)}`),
    backend: (name: string) => call(backendSettings, 'GET', `/v1/backends/${encodeURIComponent(name)}`),
    setBackend: (name: string, patch: { minHealthy: string | null; reason: string }) =>
      call(backendSettings, 'PATCH', `/v1/backends/${encodeURIComponent(name)}`, patch),
    createChange: (wanted: ChangeRequest) => call(changeAnswer, 'POST', '/v1/changes', wanted),
    /** With `waitMs`, waits until the change differs from version `seen`, or the time is over. */
    change: (
      id: string,
      { signal, ...query }: { waitMs?: number; seen?: number; signal?: AbortSignal } = {},
    ) => call(change, 'GET', `/v1/changes/${encodeURIComponent(id)}${queryText(query)}`, undefined, signal),
    changes: (query: { limit?: number; after?: string; active?: boolean } = {}) =>
      call(changeList, 'GET', `/v1/changes${queryText(query)}`),
    retryChange: (id: string, waitMs = 0) =>
      call(changeAnswer, 'POST', `/v1/changes/${encodeURIComponent(id)}/retry`, { waitMs }),
    undoChange: (
      id: string,
      body: { reason?: string; waitMs?: number; dryRun?: boolean; overrides?: string[] } = {},
    ) => call(changeAnswer, 'POST', `/v1/changes/${encodeURIComponent(id)}/undo`, body),
    tokens: () => call(tokenList, 'GET', '/v1/tokens'),
    createToken: (wanted: TokenRequest) => call(tokenAnswer, 'POST', '/v1/tokens', wanted),
    revokeToken: (name: string) => call(tokenView, 'DELETE', `/v1/tokens/${encodeURIComponent(name)}`),
    events: (query: EventQuery = {}) => call(eventList, 'GET', `/v1/events${queryText(query)}`),
    alarms: () => call(alarmList, 'GET', '/v1/alarms'),
  };
}

function queryText(query: object): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = pairs.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&');
  return text === '' ? '' : `?${text}`;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

async function request(
  { server, token, fetch }: ClientOptions,
  { method, path, body, signal }: Call,
): Promise<string> {
  const url = new URL(path, server).href;
  const headers: Record<string, string> = { authorization: `Bearer ${token}`, accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const answer = await fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw new ApiError('server-unreachable', `no answer from the hafleet server at ${server}`, {
      hint: 'is `hafleet serve` running there? `hafleet context show` names the address in use',
      retryable: true,
      cause,
    });
  });
  const text = await answer.text();
  if (answer.status >= 400) throw readError(text, answer.status);
  return text;
}

function readError(text: string, status: number): ApiError {
  const parsed = tryParse(errorAnswer, readJson(text));
  if (!parsed.success || !isApiErrorCode(parsed.data.error.code))
    return new ApiError('answer-unreadable', `HTTP ${status} without an error of this API`, {
      hint: 'the address may belong to something else than a hafleet server, or to another version of it',
    });
  const { code, message, hint, retryable, facts, requestId } = parsed.data.error;
  return new ApiError(code, message, {
    retryable,
    requestId,
    ...(hint === undefined ? {} : { hint }),
    ...(facts === undefined ? {} : { facts }),
  });
}

function read<S extends z.ZodType>(schema: S, text: string): z.output<S> {
  const parsed = tryParse(schema, readJson(text));
  if (parsed.success) return parsed.data;
  throw unreadable(parsed.error);
}

function unreadable(cause?: unknown): ApiError {
  return new ApiError('answer-unreadable', 'the answer does not have the shape this version knows', {
    hint: 'compare `hafleet version` with the server’s',
    cause,
  });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
