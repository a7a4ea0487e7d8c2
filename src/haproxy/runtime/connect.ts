import { createConnection, type Socket } from 'node:net';
import { errorText, systemErrorCode } from '../../lib/index.ts';
import { printSocketAddress, type SocketAddress } from './address.ts';
import { RuntimeError, type RuntimeErrorCode } from './codec/errors.ts';

/** A socket that is connecting. */
export function openSocket(address: SocketAddress): Socket {
  const socket =
    'path' in address ? createConnection(address.path) : createConnection(address.port, address.host);
  socket.setNoDelay(true);
  return socket;
}

const CODES: Readonly<Record<string, RuntimeErrorCode>> = {
  ENOENT: 'socket-missing',
  ENOTSOCK: 'socket-missing',
  EACCES: 'socket-permission',
  EPERM: 'socket-permission',
  ECONNREFUSED: 'connection-refused',
};

/** The error for a connection that never came about. Nothing was sent. */
export function connectError(address: SocketAddress, cause: unknown): RuntimeError {
  const code = CODES[systemErrorCode(cause) ?? ''] ?? 'connection-failed';
  return new RuntimeError(code, `${printSocketAddress(address)}: ${errorText(cause)}`, { cause });
}

/** The error for a request that waited while its connection ended. Nothing was sent. */
export function closedError(address: SocketAddress): RuntimeError {
  return new RuntimeError('connection-closed', `${printSocketAddress(address)}: the connection is closed.`);
}

export function timedOutError(address: SocketAddress, timeoutMs: number, bytes: number): RuntimeError {
  return new RuntimeError(
    'timed-out',
    `${printSocketAddress(address)}: no complete answer within ${timeoutMs} ms (${bytes} bytes came).`,
    { facts: { timeoutMs, bytes } },
  );
}

/** The 11th connection is accepted by the kernel and gets no answer; nothing tells it from a process that hangs. */
export function noSlotError(
  address: SocketAddress,
  timeoutMs: number,
  outcome: 'not-sent' | 'unknown',
): RuntimeError {
  return new RuntimeError(
    'no-answer-slot',
    `${printSocketAddress(address)}: connected, and not one byte within ${timeoutMs} ms.`,
    { facts: { timeoutMs }, outcome },
  );
}

export function abortedError(signal: AbortSignal | undefined, outcome: 'not-sent' | 'unknown'): RuntimeError {
  return new RuntimeError('aborted', 'The request was given up.', {
    cause: signal?.reason,
    outcome,
    retryable: false,
  });
}
