import {
  RuntimeError,
  type RuntimeClient,
  type ServerRef,
  encodeCommand,
  serverWord,
} from '../../haproxy/runtime/index.ts';
import type { Operation } from '../../plan/index.ts';

/**
 * The one place where an operation becomes a command. Resolves when HAProxy accepted it; that is not yet "done": read it back.
 * @throws RuntimeError whose `outcome` tells whether it may have been carried out
 */
export async function applyOperation(client: RuntimeClient, operation: Operation): Promise<void> {
  const ref: ServerRef = { backend: operation.backend, server: operation.server };
  switch (operation.kind) {
    case 'set-state':
      return client.setServerState(ref, operation.state);
    case 'start-gate':
      // Where no check can prove the server nothing was sent; the row that is read back then says so, and the plan with it.
      await client.startHealthGate(ref);
      return;
    case 'set-weight':
      return client.setServerWeight(ref, operation.weight);
    case 'set-address':
      await client.setServerAddress(ref, operation);
      return;
    case 'set-ssl':
      return setSsl(client, ref, operation.on);
    case 'set-health-up':
      return client.setServerHealth(ref, 'up');
  }
}

/** Success is a text here, the same one from 2.6 to 3.2. */
async function setSsl(client: RuntimeClient, ref: ServerRef, on: boolean): Promise<void> {
  const command = encodeCommand(['set', 'server', serverWord(ref), 'ssl', on ? 'on' : 'off']);
  const text = (await client.transport.request(command)).text().trim();
  if (text === '' || text.includes('ssl setting updated')) return;
  throw new RuntimeError('unexpected-answer', `HAProxy: ${text.slice(0, 200)}`, { outcome: 'refused' });
}
