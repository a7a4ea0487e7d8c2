import { parseArgs } from 'node:util';
import { errorText } from '../src/lib/index.ts';
import {
  type Fleet,
  type Sandbox,
  createSandbox,
  giveOwnCommand,
  howToUse,
  startFleet,
  testedVersions,
} from './index.ts';

// A small fleet to work against: `npm run dev [-- --nodes 3]`. It prints where everything is and stays until Ctrl-C.

function readNodes(): number | undefined {
  try {
    const { values } = parseArgs({ options: { nodes: { type: 'string', default: '3' } } });
    const nodes = Number(values.nodes);
    if (Number.isInteger(nodes) && nodes >= 1 && nodes <= 50) return nodes;
    console.error(`dev: "${values.nodes}" is not a number of nodes from 1 to 50`);
  } catch (error) {
    console.error(`dev: ${errorText(error)}`);
  }
  return undefined;
}

function start(sandbox: Sandbox, nodes: number): Promise<Fleet> {
  const versions = testedVersions();
  return startFleet({
    sandbox,
    nodes: Array.from({ length: nodes }, (_, i) => {
      const version = versions[i % versions.length];
      return { name: `lb${i + 1}`, labels: { role: 'edge' }, ...(version && { version }) };
    }),
    backends: { web: ['web1', 'web2', 'web3', 'web4'], api: ['api1', 'api2'] },
    peers: 'relays',
    stateFile: true,
    outer: true,
    control: true,
  });
}

function printFleet(fleet: Fleet): void {
  for (const { name, haproxy, address, port } of fleet.instances) {
    const where = `http://${address}:${port}/`;
    console.log(`${name}  HAProxy ${haproxy.version}  ${where}  ${haproxy.paths.statsSocket}`);
  }
  for (const { address, port } of fleet.targets) console.log(`in front of them: http://${address}:${port}/`);
  if (fleet.control) console.log(`control server: ${fleet.control.url}`);
}

async function run(sandbox: Sandbox, nodes: number): Promise<void> {
  const fleet = await start(sandbox, nodes);
  printFleet(fleet);
  if (!fleet.control) return;
  const binFolder = await giveOwnCommand(sandbox, fleet.control, 'dev');
  console.log(`\n${howToUse(fleet, binFolder, 'web/web1').join('\n')}\n`);
  console.log(`It stays until Ctrl-C; ${sandbox.folder} is removed then.`);
}

const nodes = readNodes();
if (nodes === undefined) process.exit(64);
// npm passes Ctrl-C on to what the terminal has told already: the second one must not cut the clean-up short.
const stopped = new Promise<number>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(0));
});
const sandbox = await createSandbox();
const failed = new Promise<number>((resolve) => {
  run(sandbox, nodes).catch((error: unknown) => {
    if (!sandbox.closing) console.error(`dev: ${errorText(error)}`);
    resolve(1);
  });
});
const code = await Promise.race([stopped, failed]);
await sandbox.close();
process.exit(code);
