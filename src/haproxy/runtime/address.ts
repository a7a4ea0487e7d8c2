import { RuntimeError } from './codec/errors.ts';
import { excerpt } from './codec/excerpt.ts';

/** Where a socket of HAProxy is: a file of the machine, or TCP. */
export type SocketAddress = { readonly path: string } | { readonly host: string; readonly port: number };

/**
 * Reads `/run/haproxy.sock`, `unix@/run/haproxy.sock`, `127.0.0.1:9999`, `[::1]:9999`, `ipv4@…`, `ipv6@…`, `tcp@…`.
 * Throws `value-refused`.
 */
export function parseSocketAddress(text: string): SocketAddress {
  const bare = text.replace(/^(unix|ipv4|ipv6|tcp)@/, '');
  if (bare.startsWith('/') || text.startsWith('unix@')) return { path: bare };
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(bare);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || port < 1 || port > 65_535)
    throw new RuntimeError('value-refused', `Not a socket address: ${excerpt(text)}`, {
      hint: 'Give an absolute path, or host:port.',
    });
  return { host, port };
}

/** As HAProxy writes it: the path, or `host:port`. */
export function printSocketAddress(address: SocketAddress): string {
  if ('path' in address) return address.path;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
