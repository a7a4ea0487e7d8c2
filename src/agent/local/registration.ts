import { join } from 'node:path';
import { rmSync } from 'node:fs';
import type { LocalRegistration } from '../../api/index.ts';
import { HafleetError, errorText, replaceFileSync, systemErrorCode } from '../../lib/index.ts';

/** systemd makes it (`RuntimeDirectory=hafleet`); an agent without it is found by `--agent-socket` alone. */
export const RUNTIME_FOLDER = '/run/hafleet';

/**
 * Leaves word of this agent's socket for commands on this machine, readable for the group. Never makes the folder: who
 * may write there is the administrator's word, and commands believe what they find in it.
 * @throws HafleetError `not-registered`
 */
export function register(folder: string, registration: LocalRegistration): () => void {
  const path = join(folder, `${registration.node}.json`);
  try {
    replaceFileSync(path, JSON.stringify(registration), { mode: 0o640, durableName: false });
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return () => undefined;
    throw new HafleetError('not-registered', `${path}: ${errorText(cause)}`, {
      hint: '`hafleet --socket` does not find this agent by itself; --agent-socket names its socket',
      cause,
    });
  }
  return () => rmSync(path, { force: true });
}
