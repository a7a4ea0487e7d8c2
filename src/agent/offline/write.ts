import type { PreparedInstance } from '../../api/index.ts';
import { errorText, isHafleetError } from '../../lib/index.ts';
import type { Limits } from '../../plan/index.ts';
import type { Held } from '../held/held.ts';
import type { StateFileKeeper } from '../instance/state-file-keeper.ts';
import type { LocalInstance } from '../local-file/schema.ts';
import { composeOffline } from './compose.ts';

export interface OfflineParts {
  readonly local: LocalInstance;
  readonly limits: Limits;
  readonly held: Held;
  readonly keeper: StateFileKeeper;
}

/** Writes what HAProxy is to find when it starts. Never throws: a node without it starts as haproxy.cfg says. */
export function writeOffline({ local, limits, held, keeper }: OfflineParts): PreparedInstance {
  const { name } = local;
  if (local.stateFile === undefined)
    return { instance: name, code: 'no-state-file', message: 'the local file names no `stateFile`' };
  try {
    const { input, isLoaded, leftOut } = composeOffline({
      local,
      limits,
      intents: held.effective,
      memory: held.memoryOf(name),
      stateFileText: keeper.text,
    });
    keeper.sync(input);
    return { instance: name, servers: keeper.servers().size, ...warningOf(isLoaded, leftOut) };
  } catch (thrown) {
    const code = isHafleetError(thrown) ? thrown.code : 'agent-fault';
    return { instance: name, code, message: errorText(thrown).slice(0, 1000) };
  }
}

function warningOf(
  isLoaded: boolean,
  leftOut: readonly string[],
): Pick<PreparedInstance, 'code' | 'message'> {
  if (!isLoaded)
    return {
      code: 'state-file-not-loaded',
      message: 'haproxy.cfg does not load the state file in every backend',
    };
  if (leftOut.length === 0) return {};
  const names = leftOut.slice(0, 5).join(', ');
  return {
    code: 'address-unknown',
    message: `${leftOut.length} servers start as haproxy.cfg says, for it has their address in a variable: ${names}`,
  };
}
