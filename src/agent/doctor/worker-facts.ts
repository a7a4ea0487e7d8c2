import { RuntimeError, createRuntimeClient, parseSocketAddress } from '../../haproxy/runtime/index.ts';
import type { InstanceFacts, SocketFacts, SocketResult } from '../../plan/index.ts';
import { readFileFacts } from './file-facts.ts';

export type WorkerReading = Pick<InstanceFacts, 'socket' | 'worker' | 'cliSockets' | 'servers'>;

const TIMEOUT_MS = 2_000;

/** What HAProxy says of itself. Commands that this level or version does not have leave their part empty. Never throws. */
export async function readWorker(address: string, signal: AbortSignal): Promise<WorkerReading> {
  const client = createRuntimeClient({ address: parseSocketAddress(address), timeoutMs: TIMEOUT_MS });
  const file = address.includes('/') ? { file: readFileFacts(address.replace(/^unix@/, '')) } : {};
  const none = { cliSockets: [], servers: [] };
  try {
    const info = await client.readInfo({ signal });
    const optional = <T>(call: Promise<T>, otherwise: T) => call.catch(() => otherwise);
    const level = await optional(client.readCliLevel({ signal }), undefined);
    const capabilities = await optional(client.readCapabilities({ signal }), undefined);
    const cliSockets = await optional(client.readCliSockets({ signal }), []);
    const servers = await optional(client.readServersState(undefined, { signal }), []);
    return {
      socket: { address, result: 'ok', ...(level && { level }), ...file },
      worker: {
        version: info.version,
        pid: info.pid,
        startedAtMs: info.startTime * 1000,
        knownBad: capabilities?.knownBad ?? [],
        processes: Number(info.raw['Nbproc'] ?? 1),
      },
      // The master reaches its workers over a pair of sockets that nobody else can open.
      cliSockets: cliSockets.filter((one) => !one.address.startsWith('sockpair@')),
      servers: servers.map(({ backend, server, adminFlags }) => ({ backend, server, adminFlags })),
    };
  } catch (thrown) {
    const socket: SocketFacts = { address, result: resultOf(thrown), ...file };
    return { socket, ...none };
  } finally {
    client.close();
  }
}

export function resultOf(thrown: unknown): SocketResult {
  if (!(thrown instanceof RuntimeError)) return 'silent';
  if (thrown.code === 'socket-permission') return 'denied';
  return thrown.code === 'socket-missing' || thrown.code === 'connection-refused' ? 'missing' : 'silent';
}
