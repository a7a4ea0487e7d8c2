import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROTOCOL } from '../src/api/index.ts';
import { startAgent } from './control.ts';
import { startFleet } from './fleet/fleet.ts';
import { type Recorded, startProtocolTap } from './protocol-tap.ts';
import { ROOT } from './root.ts';
import { waitUntil } from './wait.ts';

/*
 * Writes what a server and an agent of this version say to each other to test/corpus/protocol/<version>/: the record that later versions
 * are held to. Run it once before a version of the protocol is let go; the files of older versions are never written again.
 */
const fleet = await startFleet({
  nodes: [{ name: 'lb1', agent: false }],
  backends: { app: ['app1', 'app2', 'app3'] },
  control: true,
  stateFile: true,
});
try {
  const { control, sandbox } = fleet;
  if (!control) throw new Error('no control server');
  const tap = await startProtocolTap(control.url);
  const agent = await startAgent({
    sandbox,
    name: 'lb1',
    servers: [tap.url],
    tokenFile: control.joinTokenFile,
    instances: [{ name: 'http', paths: fleet.instance('lb1/http').haproxy.paths, hasStateFile: true }],
  });
  const isRead = async () => (await control.api().node('lb1')).instances[0]?.reading === 'ok';
  await waitUntil(isRead, { for: 'the agent' });
  const said = [
    ['server', 'disable', 'app/app1', '--reason', 'disk'],
    ['server', 'weight', 'app/app2', '5', '--reason', 'slow'],
    ['server', 'drain', 'app/app1', '--reason', 'after all'],
    ['server', 'enable', 'app/app1'],
    ['server', 'weight', 'app/app2', '--default'],
    ['server', 'kill-sessions', 'app/app3', '--reason', 'stuck'],
    ['server', 'disable', 'app/app3', '--reason', 'disk'],
  ];
  for (const words of said) {
    const { code, stderr } = await fleet.hafleet(...words, '--yes');
    if (code !== 0) throw new Error(`${words.join(' ')}: ${code} ${stderr}`);
  }
  await agent.process.stop();
  await agent.process.start();
  await waitUntil(() => hasSettledAgain(tap.recorded), { for: 'the agent again' });
  const folder = join(ROOT, 'test/corpus/protocol', `${PROTOCOL.major}.${PROTOCOL.minor}`);
  mkdirSync(folder, { recursive: true });
  const lines = tap.recorded.map((one) => `${JSON.stringify(one)}\n`);
  writeFileSync(join(folder, 'day.jsonl'), lines.join(''));
  process.stdout.write(`${lines.length} messages in ${folder}\n`);
  await agent.process.stop();
  await tap.close();
} finally {
  await fleet.close();
}

/** The agent's second greeting was answered, and it has told its servers anew. */
function hasSettledAgain(recorded: readonly Recorded[]): boolean {
  const texts = recorded.map(({ message }) => JSON.stringify(message));
  const greeting = texts.findLastIndex((text) => text.startsWith('{"type":"hello"'));
  const since = texts.slice(greeting);
  return (
    greeting > 0 &&
    since.some((text) => text.includes('"level"')) &&
    since.some((text) => text.includes('"app1"'))
  );
}
