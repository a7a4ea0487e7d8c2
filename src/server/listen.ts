import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { errorText, HafleetError, isLoopbackHost } from '../lib/index.ts';

/** The store's name in the data folder. */
export const STORE_FILE = 'store.db';

export interface ListenOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
}

/** Tokens travel in every request: off loopback nothing is served without TLS. */
export function readTls({ listen: { host }, tls }: ListenOptions): { cert: string; key: string } | undefined {
  if (tls) return { cert: readPem(tls.certFile), key: readPem(tls.keyFile) };
  if (isLoopbackHost(host)) return undefined;
  throw new HafleetError('plaintext-off-loopback', `${host} is not loopback, and no certificate is given`, {
    hint: 'add --tls-cert FILE --tls-key FILE, or listen on 127.0.0.1',
  });
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new HafleetError('tls-file-unreadable', `cannot read ${path}: ${errorText(cause)}`, {
      hint: 'the file must be readable by the user of the hafleet server',
      cause,
    });
  }
}

/** Listens by `start`, and returns the URL. Throws `cannot-listen`. */
export async function listenOn(
  server: Server,
  { listen: { host, port }, tls }: ListenOptions,
  start: () => Promise<unknown> = () => once(server.listen({ host, port }), 'listening'),
): Promise<string> {
  await start().catch((cause: unknown) => {
    throw new HafleetError('cannot-listen', `cannot listen on ${host}:${port}: ${errorText(cause)}`, {
      hint: 'is another hafleet server running there? choose another --listen',
      cause,
    });
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${bound}`;
}
