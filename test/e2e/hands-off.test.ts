import { describe, expect, it } from 'vitest';
import { type FleetInstance, waitForAgents } from '../../dev/index.ts';
import { expectExit, fleetsOfThisFile, untilAdmin } from '../support/fleet-facts.ts';

const startFleet = fleetsOfThisFile();

/** The worker, and all it has of servers but ages and what a check is doing. */
async function everythingOf({ haproxy }: FleetInstance): Promise<object> {
  const rows = (await haproxy.ask('show servers state'))
    .split('\n')
    .map((line) => line.split(' '))
    .map((columns) => [...columns.slice(0, 9), ...columns.slice(17)].join(' '));
  return { pid: await haproxy.workerPid(), master: haproxy.masterPid, rows };
}

describe('agent and server', () => {
  it('never touch HAProxy when they are stopped, started or killed', async () => {
    const fleet = await startFleet({
      nodes: [{ name: 'lb1' }],
      backends: { app: ['app1', 'app2', 'app3', 'app4'] },
      stateFile: true,
      control: true,
    });
    const { control } = fleet;
    const lb1 = fleet.instance('lb1/http');
    const agent = fleet.node('lb1').agent;
    if (!control || !agent) throw new Error('no control server');
    for (const words of [
      ['disable', 'app/app1'],
      ['drain', 'app/app2'],
      ['weight', 'app/app3', '7'],
    ])
      expectExit(await fleet.hafleet('server', ...words, '--yes', '--reason', 'test'), 0);
    // By hand, and nobody's business.
    await lb1.haproxy.ask('set server app/app4 weight 3');
    await untilAdmin(lb1, 'app/app1', 'maint');
    const before = await everythingOf(lb1);

    const steps: [string, () => Promise<void>][] = [
      ['the agent stopped', () => agent.process.stop()],
      ['the agent started', () => agent.process.start()],
      ['the server stopped', () => control.process.stop()],
      ['the agent killed without a server', () => agent.process.stop({ signal: 'SIGKILL' })],
      ['the agent started without a server', () => agent.process.start()],
      ['the server started', () => control.process.start()],
      ['the server killed', () => control.process.stop({ signal: 'SIGKILL' })],
      ['the server started again', () => control.process.start()],
    ];
    for (const [what, step] of steps) {
      await step();
      if (/server started/.test(what)) await waitForAgents(control, fleet.nodes);
      expect(await everythingOf(lb1), what).toEqual(before);
    }
  });
});
