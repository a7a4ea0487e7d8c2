import { WebSocket } from 'ws';
import { agentText } from './agent-link.ts';
import { lazily, startFuzzedServer } from './running-server.ts';
import { broken, target } from './target.ts';

/** A connection as an enrolled node, which says what it likes. */
async function connectHostile() {
  const running = await startFuzzedServer();
  const credential = await running.enrol('hostile');
  const socket = new WebSocket(`${running.server.url.replace('http', 'ws')}/v1/agent`, {
    headers: { authorization: `Bearer ${credential}` },
  });
  const heard: string[] = [];
  let wake = () => {};
  socket.on('message', (data: Buffer) => {
    heard.push(data.toString('utf8'));
    wake();
  });
  socket.on('close', () => wake());
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const isRefused = (marker: string) =>
    heard.some((text) => (JSON.parse(text) as { message?: string }).message?.includes(`"${marker}"`));
  let count = 0;
  return {
    ...running,
    /** Says it, and a marker after it that is refused: when that refusal comes, the first was dealt with. */
    async say(text: string) {
      const marker = `marker-${++count}`;
      socket.send(text);
      socket.send(marker);
      while (!isRefused(marker)) {
        if (socket.readyState !== WebSocket.OPEN) broken('the server closed the connection');
        await new Promise<void>((resolve) => (wake = resolve));
      }
      heard.splice(0);
      const faults = running.takeFaults();
      if (faults.length > 0) broken(`the server logged ${faults.join(' ').slice(0, 1_000)}`);
    },
    async close() {
      socket.terminate();
      await running.close();
    },
  };
}

const hostile = lazily(connectHostile);

/** A node's own agent turned hostile: each message counts or is refused singly, and the server goes on. */
export const agentConnection = target<string>({
  name: 'agent-connection',
  share: 10,
  make: agentText,
  check: async (text) => (await hostile.get()).say(text),
  close: () => hostile.close(),
});
