import { createMasterClient, parseSocketAddress, type Process } from '../../haproxy/runtime/index.ts';
import type { MasterFacts } from '../../plan/index.ts';
import { resultOf } from './worker-facts.ts';

export interface MasterReading extends MasterFacts {
  /** Old workers; absent where no master said which those are. */
  readonly workers?: readonly Pick<Process, 'pid' | 'uptimeSeconds'>[];
}

/** `show proc` of the master. Never throws. */
export async function readMaster(address: string | undefined, signal: AbortSignal): Promise<MasterReading> {
  if (address === undefined) return { result: 'none' };
  const client = createMasterClient({ address: parseSocketAddress(address), timeoutMs: 2_000 });
  try {
    const { master, oldWorkers } = await client.readProc({ signal });
    const workers = oldWorkers.map(({ pid, uptimeSeconds }) => ({ pid, uptimeSeconds }));
    return { address, result: 'ok', failedReloads: master.failed, workers };
  } catch (thrown) {
    return { address, result: resultOf(thrown) };
  } finally {
    client.close();
  }
}
