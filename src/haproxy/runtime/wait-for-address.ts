import { BlockList, isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock, type Clock } from '../../lib/index.ts';
import { RuntimeError } from './codec/errors.ts';
import type { Ask } from './ask.ts';
import { serverWord, type ServerRef } from './server-ref.ts';
import type { ServerAddress } from './servers.ts';
import { readServersState, type ServerStateRow } from './servers-state.ts';
import type { RequestOptions } from './transport.ts';

export interface WaitOptions extends RequestOptions {
  /** For the whole wait. Default 2,000. */
  readonly withinMs?: number;
  readonly clock?: Clock;
}

/**
 * Reads until the server shows the address: from 3.0 on `set server addr` answers first and changes afterwards.
 * Resolves with the row. Throws `timed-out` (outcome unknown) at the deadline, `no-such-server`.
 */
export async function waitForAddress(
  ask: Ask,
  ref: ServerRef,
  to: ServerAddress,
  { withinMs = 2_000, clock = systemClock, ...request }: WaitOptions = {},
): Promise<ServerStateRow> {
  const deadline = clock.monotonicMs() + withinMs;
  for (let pauseMs = 1; ; pauseMs = Math.min(50, pauseMs * 2)) {
    const rows = await readServersState(ask, ref.backend, request);
    const row = rows.find(({ server }) => server === ref.server);
    if (!row) throw new RuntimeError('no-such-server', `HAProxy has no server ${serverWord(ref)}.`);
    if (row.port === to.port && row.address !== null && isSameIp(row.address, to.address)) return row;
    if (clock.monotonicMs() >= deadline) throw notShown(ref, to, row);
    // An abort ends the pause, and the next read then says so.
    await sleep(pauseMs, undefined, request).catch(() => undefined);
  }
}

/** One IPv6 address has many spellings. */
function isSameIp(a: string, b: string): boolean {
  if (!isIPv6(a) || !isIPv6(b)) return a === b;
  const list = new BlockList();
  list.addAddress(a, 'ipv6');
  return list.check(b, 'ipv6');
}

function notShown(ref: ServerRef, to: ServerAddress, row: ServerStateRow): RuntimeError {
  return new RuntimeError(
    'timed-out',
    `${serverWord(ref)} still has ${row.address ?? '-'}:${row.port}, not ${to.address}:${to.port}.`,
    { facts: { address: row.address, port: row.port } },
  );
}
