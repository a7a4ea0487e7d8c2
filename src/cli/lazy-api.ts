import type { ClientOptions, StatusAnswer, StatusQuery } from '../api/index.ts';
import type { Api } from './cli.ts';

/**
 * The API client, loaded at the first call that needs it: its schemas cost 50 ms, and `status` is asked for most often,
 * also by monitoring, and is not validated. So a status that comes with 200 is taken as it is; for everything else,
 * errors too, the real client asks.
 */
export function createLazyApi(options: ClientOptions): Api {
  const load = async () => (await import('./api-client.ts')).createApiClient(options);
  return {
    status: async (query?: StatusQuery) =>
      (await quickStatus(options, query ?? {})) ?? (await load()).status(query),
    info: async () => (await load()).info(),
    doctor: async (query) => (await load()).doctor(query),
    nodes: async () => (await load()).nodes(),
    node: async (name) => (await load()).node(name),
    adoptNode: async (name, body) => (await load()).adoptNode(name, body),
    removeNode: async (name) => (await load()).removeNode(name),
    backend: async (name) => (await load()).backend(name),
    setBackend: async (name, patch) => (await load()).setBackend(name, patch),
    createChange: async (wanted) => (await load()).createChange(wanted),
    change: async (id, query) => (await load()).change(id, query),
    changes: async (query) => (await load()).changes(query),
    retryChange: async (id, waitMs) => (await load()).retryChange(id, waitMs),
    undoChange: async (id, body) => (await load()).undoChange(id, body),
    events: async (query) => (await load()).events(query),
    tokens: async () => (await load()).tokens(),
    createToken: async (wanted) => (await load()).createToken(wanted),
    revokeToken: async (name) => (await load()).revokeToken(name),
  };
}

/** Undefined for whatever is not a plain answer. */
async function quickStatus(
  { server, token, fetch }: ClientOptions,
  query: StatusQuery,
): Promise<StatusAnswer | undefined> {
  const url = new URL('/v1/status', server);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
  try {
    const answer = await fetch(url.href, { method: 'GET', headers });
    return answer.status === 200 ? (JSON.parse(await answer.text()) as StatusAnswer) : undefined;
  } catch {
    return undefined;
  }
}
