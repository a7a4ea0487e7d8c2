import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fleet, startFleet, waitForAgents } from '../dev/index.ts';
import { type BigOptions, bigConfig } from './support/fleet.ts';
import { cpuMs, memoryMb } from './support/process-stat.ts';
import { round } from './support/numbers.ts';
import { note, printResult } from './support/result.ts';
import { installTools } from './support/tools.ts';

// What an agent costs beside one HAProxy with 1,000 servers, one poll a second: its memory, its CPU, and HAProxy's own CPU with the
// agent minus without. Beside it a shell loop that reads `show servers state` by socat once a second and does nothing with it.

const WINDOW_MS = 20_000;
/** Start-up, the first report and what the engine compiles afterwards are no part of the running cost. */
const SETTLE_MS = 8_000;

interface Cost {
  /** Share of one core, in per cent. */
  readonly watcher: number;
  readonly haproxy: number;
}

async function measure(haproxy: number, watcherMs: () => number): Promise<Cost> {
  const start = { at: performance.now(), haproxy: cpuMs(haproxy).own, watcher: watcherMs() };
  await sleep(WINDOW_MS);
  const ms = performance.now() - start.at;
  const percent = (used: number) => (100 * used) / ms;
  return {
    watcher: percent(watcherMs() - start.watcher),
    haproxy: percent(cpuMs(haproxy).own - start.haproxy),
  };
}

function startSocatLoop(fleet: Fleet, socket: string): ChildProcess {
  const script = 'while sleep 1; do echo "show servers state" | socat - "UNIX-CONNECT:$1"; done >/dev/null';
  return spawn('bash', ['-c', script, 'bash', socket], { env: fleet.sandbox.env, stdio: 'ignore' });
}

async function measureAgent(fleet: Fleet): Promise<{ cost: Cost; rssMb: number; peakMb: number }> {
  const { agent, instance, control, node } = partsOf(fleet);
  await agent.process.start();
  await waitForAgents(control, [node]);
  await sleep(SETTLE_MS);
  const { pid } = agent.process;
  const cost = await measure(await instance.haproxy.workerPid(), () => cpuMs(pid).own);
  const { now, peak } = memoryMb(pid);
  await agent.process.stop();
  return { cost, rssMb: now, peakMb: peak };
}

async function measureIdle(fleet: Fleet): Promise<Cost> {
  return measure(await partsOf(fleet).instance.haproxy.workerPid(), () => 0);
}

async function measureSocat(fleet: Fleet): Promise<Cost> {
  const { instance } = partsOf(fleet);
  const loop = startSocatLoop(fleet, instance.haproxy.paths.statsSocket);
  const { pid } = loop;
  if (pid === undefined) throw new Error('agent: no shell');
  const used = () => {
    const { own, children } = cpuMs(pid);
    return own + children;
  };
  const cost = await measure(await instance.haproxy.workerPid(), used);
  loop.kill();
  return cost;
}

function partsOf({ nodes: [node], control }: Fleet) {
  const [instance] = node?.instances ?? [];
  if (!node?.agent || !instance || !control) throw new Error('agent: the fleet is not whole');
  return { node, agent: node.agent, instance, control };
}

async function withFleet<T>(options: BigOptions, run: (fleet: Fleet) => Promise<T>): Promise<T> {
  const fleet = await startFleet({
    nodes: [{ name: 'lb1', instances: [{ name: 'http', config: bigConfig(options) }] }],
    backends: { fill: ['fill'] },
    apps: 'fast',
    stateFile: true,
    control: { agentRelays: false },
  });
  try {
    return await run(fleet);
  } finally {
    await fleet.close();
  }
}

installTools('socat');
note('1,000 servers: agent, nothing, socat, 20 s each');
const thousand = await withFleet(
  { backends: 10, serversPerBackend: 100, checkMs: 10_000 },
  async (fleet) => ({
    agent: await measureAgent(fleet),
    idle: await measureIdle(fleet),
    socat: await measureSocat(fleet),
  }),
);
note('10,000 servers: agent, nothing, 20 s each');
const tenThousand = await withFleet(
  { backends: 100, serversPerBackend: 100, checkMs: 60_000 },
  async (fleet) => ({
    agent: await measureAgent(fleet),
    idle: await measureIdle(fleet),
  }),
);

const { agent, idle, socat } = thousand;
const extra = agent.cost.haproxy - idle.haproxy;
printResult({
  bench: 'agent',
  ours: agent.cost.watcher,
  baseline: socat.watcher,
  unit: '% of a core',
  more: {
    rssMb: agent.rssMb,
    peakMb: agent.peakMb,
    haproxyExtraPercent: extra,
    haproxyIdlePercent: idle.haproxy,
    socatHaproxyExtraPercent: socat.haproxy - idle.haproxy,
    servers: 1_000,
    windowMs: WINDOW_MS,
    at10000: {
      percent: round(tenThousand.agent.cost.watcher),
      rssMb: round(tenThousand.agent.rssMb),
      peakMb: round(tenThousand.agent.peakMb),
      haproxyExtraPercent: round(tenThousand.agent.cost.haproxy - tenThousand.idle.haproxy),
    },
  },
  bars: [
    { what: 'rssMb', value: agent.rssMb, atMost: 90 },
    { what: 'ours', value: agent.cost.watcher, atMost: 3 },
    { what: 'haproxyExtraPercent', value: extra, atMost: 1 },
  ],
});
