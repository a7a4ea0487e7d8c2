import { readFileSync, statSync } from 'node:fs';
import { type CliLevel, RuntimeError, createRuntimeClient, parseSocketAddress } from '../runtime/index.ts';
import type { SocketProbe } from './findings.ts';

const TIMEOUT_MS = 2_000;

/** Opens a stats socket as this user and asks for its level. Never throws: what went wrong is the result. */
export async function probeSocket(address: string): Promise<SocketProbe> {
  const group = groupOf(address);
  const base = { address, ...(group !== undefined && { group }) };
  try {
    return { ...base, result: 'ok', level: await readLevel(address) };
  } catch (thrown) {
    return { ...base, result: resultOf(thrown) };
  }
}

async function readLevel(address: string): Promise<CliLevel> {
  const client = createRuntimeClient({ address: parseSocketAddress(address), timeoutMs: TIMEOUT_MS });
  try {
    return await client.readCliLevel();
  } finally {
    client.close();
  }
}

function resultOf(thrown: unknown): SocketProbe['result'] {
  if (!(thrown instanceof RuntimeError)) return 'silent';
  if (thrown.code === 'socket-permission') return 'denied';
  return thrown.code === 'socket-missing' || thrown.code === 'connection-refused' ? 'missing' : 'silent';
}

/** Name of the group that owns a socket's file, its number where /etc/group has none. */
function groupOf(address: string): string | undefined {
  try {
    const { gid } = statSync(address.replace(/^unix@/, ''));
    return groupName(readFileSync('/etc/group', 'utf8'), gid) ?? String(gid);
  } catch {
    return undefined;
  }
}

export function groupName(etcGroup: string, gid: number): string | undefined {
  const fields = etcGroup.split('\n').map((line) => line.split(':'));
  return fields.find((field) => field[2] === String(gid))?.[0];
}
