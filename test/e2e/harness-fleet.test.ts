import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Fleet,
  type FleetInstance,
  type FleetOptions,
  ROOT,
  STICKY_HEADER,
  anyVersion,
  get,
  startFleet,
  startLoad,
  testedVersions,
  waitUntil,
} from '../../dev/index.ts';

const open: Fleet[] = [];
async function start(options: FleetOptions): Promise<Fleet> {
  const fleet = await startFleet(options);
  open.push(fleet);
  return fleet;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((fleet) => fleet.close()));
});

const nodes = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `lb${i + 1}` }));

/** The status word of a server as this instance shows it. */
async function statusOf({ haproxy }: FleetInstance, backend: string, server: string): Promise<string> {
  const rows = (await haproxy.ask('show stat')).split('\n').map((row) => row.split(','));
  const column = rows[0]?.indexOf('status') ?? -1;
  return rows.find((row) => row[0] === backend && row[1] === server)?.[column] ?? '';
}

describe('a fleet of the harness', () => {
  it('has nodes of every version with several instances, each on an address of its own', async () => {
    const fleet = await start({
      nodes: testedVersions().map((version, i) => ({
        name: `lb${i + 1}`,
        version,
        instances: [{ name: 'http' }, { name: 'ldap', backends: ['ldap'] }],
      })),
      backends: { web: ['web1', 'web2'], ldap: ['ldap1'] },
    });
    expect(fleet.instances).toHaveLength(testedVersions().length * 2);
    for (const { name } of fleet.nodes) {
      expect((await get(fleet.instance(`${name}/http`))).body).toBe('web1 v1\n');
      expect((await get(fleet.instance(`${name}/http`), '/ldap/x')).server).toBe('ldap1');
      expect((await get(fleet.instance(`${name}/ldap`))).server).toBe('ldap1');
    }
    expect(() => fleet.node('lb9')).toThrow('no node lb9');
  });

  it('runs beside another one without a clash', async () => {
    const fleets = await Promise.all([1, 2].map(() => start({ nodes: nodes(2), outer: true })));
    await Promise.all(
      fleets.map(async (fleet) => {
        const load = await startLoad({ sandbox: fleet.sandbox, targets: fleet.targets, count: 400 });
        const report = await load.done;
        expect(report).toMatchObject({ ok: 400, failed: 0 });
        const served = fleet.app('app1').counts().requests + fleet.app('app2').counts().requests;
        expect(served).toBe(400);
      }),
    );
  });

  it('shows the load generator exactly the requests that fail', async () => {
    const fleet = await start({ nodes: nodes(2) });
    fleet.app('app1').failNext(23);
    const load = await startLoad({ sandbox: fleet.sandbox, targets: fleet.targets, count: 1000 });
    const report = await load.done;
    expect(report).toMatchObject({ sent: 1000, ok: 977, failed: 23, reasons: { 'status 500': 23 } });
  });

  it('tells counts while the load runs', async () => {
    const fleet = await start({ nodes: nodes(1) });
    const load = await startLoad({ sandbox: fleet.sandbox, targets: fleet.targets, rate: 200 });
    await waitUntil(async () => (await load.report()).ok >= 20, { for: 'twenty answers' });
    const report = await load.stop();
    expect(report.failed).toBe(0);
    expect(report.ok).toBe(report.sent);
  });

  it('keeps serving through the outer load balancer when a node dies', async () => {
    const fleet = await start({ nodes: nodes(2), outer: true });
    const [target] = fleet.targets;
    await fleet.instance('lb1/http').haproxy.stop();
    const outer = fleet.outer?.haproxy;
    await waitUntil(async () => /^fleet,lb1\.http,.*,DOWN,/m.test((await outer?.ask('show stat')) ?? ''), {
      for: 'the outer one to see it',
    });
    for (let i = 0; i < 4; i++) expect(target && (await get(target)).status).toBe(200);
  });

  it('keeps sticky entries equal over the mesh, until the link is cut', async () => {
    const fleet = await start({ nodes: nodes(2), peers: 'relays' });
    const [one, two] = [fleet.instance('lb1/http'), fleet.instance('lb2/http')];
    const entryOn = async (instance: FleetInstance, key: string) =>
      /server_key=\S+/.exec(await instance.haproxy.ask(`show table app key ${key}`))?.[0];
    let turn = 0;
    // A first update may be lost before the first resync is over: each try is a new key.
    const spread = async () => {
      const key = `k${++turn}`;
      await get(one, '/', { [STICKY_HEADER]: key });
      const here = await entryOn(one, key);
      return waitUntil(async () => here !== undefined && (await entryOn(two, key)) === here, {
        for: 'the entry',
        timeoutMs: 300,
      });
    };
    await waitUntil(spread, { for: 'entries to spread', timeoutMs: 20_000 });
    await fleet.link('lb1', 'lb2').cut();
    await expect(spread()).rejects.toThrow(/the entry/);
    await fleet.link('lb1', 'lb2').heal();
    await waitUntil(spread, { for: 'entries to spread again', timeoutMs: 30_000 });
  });

  it('keeps a server in maint over a reload once its state file is written', async () => {
    const fleet = await start({ nodes: nodes(1), stateFile: true });
    const instance = fleet.instance('lb1/http');
    await instance.haproxy.ask('set server app/app1 state maint');
    expect(await statusOf(instance, 'app', 'app1')).toBe('MAINT');
    writeFileSync(instance.haproxy.paths.stateFile, await instance.haproxy.ask('show servers state'));
    await instance.haproxy.reload();
    expect(await statusOf(instance, 'app', 'app1')).toBe('MAINT');
    rmSync(instance.haproxy.paths.stateFile);
    await instance.haproxy.reload();
    expect(await statusOf(instance, 'app', 'app1')).toMatch(/^UP/);
  });

  it('sends 30,000 requests to fast applications and none to a broken one', async () => {
    const fleet = await start({ nodes: nodes(1), apps: 'fast', backends: { app: ['a', 'b', 'c'] } });
    const instance = fleet.instance('lb1/http');
    const broken = fleet.fastApp('b');
    await broken.behave('fail');
    await waitUntil(async () => (await statusOf(instance, 'app', 'b')) === 'DOWN', { for: 'b down' });
    await broken.resetCounts();
    const load = await startLoad({ sandbox: fleet.sandbox, targets: fleet.targets, count: 30_000 });
    const report = await load.done;
    expect(report).toMatchObject({ ok: 30_000, failed: 0 });
    expect((await broken.counts()).requests).toBe(0);
    const [a, c] = [await fleet.fastApp('a').counts(), await fleet.fastApp('c').counts()];
    expect(a.requests + c.requests).toBe(30_000);
    expect(a.checks).toBeGreaterThan(0);
  });

  it.each(['fail', 'hang'] as const)('has fast applications that %s', async (behaviour) => {
    const fleet = await start({ nodes: nodes(1), apps: 'fast' });
    await fleet.fastApp('app2').behave(behaviour);
    const instance = fleet.instance('lb1/http');
    await waitUntil(async () => (await statusOf(instance, 'app', 'app2')) === 'DOWN', { for: 'app2 down' });
    await fleet.fastApp('app2').behave('ok');
    await waitUntil(async () => (await statusOf(instance, 'app', 'app2')).startsWith('UP'), {
      for: 'app2 up',
    });
  });
});

/** Process ids with the sandbox's mark in their environment. */
function processesOf(folder: string): number[] {
  const isOurs = (pid: number) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`HAFLEET_SANDBOX=${folder}\0`);
    } catch {
      return false;
    }
  };
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && isOurs(pid));
}

describe('a program that uses the harness', () => {
  let program: ChildProcess | undefined;
  afterEach(() => void program?.kill('SIGKILL'));

  async function startProgram(): Promise<{ child: ChildProcess; folder: string }> {
    const version = anyVersion();
    const child = spawn(process.execPath, [join(ROOT, 'dist/dev/dev.js'), '--nodes', '2'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...(version !== 'system' && { HAFLEET_HAPROXY: version }) },
    });
    program = child;
    for await (const line of createInterface({ input: child.stdout })) {
      const folder = /; (\S+) is removed then/.exec(line)?.[1];
      if (folder) return { child, folder };
    }
    throw new Error('the program ended early');
  }

  it('leaves nothing behind when it is killed with -9', async () => {
    const { child, folder } = await startProgram();
    expect(processesOf(folder).length).toBeGreaterThanOrEqual(6);
    child.kill('SIGKILL');
    await waitUntil(() => processesOf(folder).length === 0 && !existsSync(folder), { for: 'the clean-up' });
  });

  it('leaves nothing behind after Ctrl-C, and ends with 0', async () => {
    const { child, folder } = await startProgram();
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(processesOf(folder)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });
});
