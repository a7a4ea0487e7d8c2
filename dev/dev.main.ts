import { parseArgs } from 'node:util';
import { type Fleet, startFleet, testedVersions } from './index.ts';

// A small fleet to work against: `npm run dev [-- --nodes 3 --control]`. It prints where everything is and stays until Ctrl-C.

function printFleet(fleet: Fleet): void {
  const rows = fleet.instances.map(({ name, haproxy, address, port }) => [
    name,
    `HAProxy ${haproxy.version}`,
    `http://${address}:${port}/`,
    haproxy.paths.statsSocket,
  ]);
  for (const row of rows) console.log(row.join('  '));
  for (const { address, port } of fleet.targets) console.log(`clients: http://${address}:${port}/`);
  if (fleet.control) console.log(`control server: ${fleet.control.url}`);
  console.log(`folder: ${fleet.sandbox.folder}  (gone after Ctrl-C)`);
}

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '3' },
    control: { type: 'boolean', default: false },
  },
});
const versions = testedVersions();
const fleet = await startFleet({
  nodes: Array.from({ length: Number(values.nodes) }, (_, i) => {
    const version = versions[i % versions.length];
    return { name: `lb${i + 1}`, ...(version && { version }) };
  }),
  backends: { app: ['app1', 'app2', 'app3'] },
  peers: 'relays',
  stateFile: true,
  outer: true,
  control: values.control,
});
let isClosing = false;
function close(): void {
  // npm passes Ctrl-C on to what the terminal has told already: the second one must not cut the clean-up short.
  if (isClosing) return;
  isClosing = true;
  void fleet.close().then(() => process.exit(0));
}
process.on('SIGINT', close);
process.on('SIGTERM', close);
printFleet(fleet);
