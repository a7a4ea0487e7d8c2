import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AppServer,
  type Haproxy,
  type HaproxyPaths,
  type Sandbox,
  createSandbox,
  get,
  globalSection,
  startAppServer,
  startHaproxy,
  testedVersions,
  waitUntil,
} from '../../dev/index.ts';

function config(paths: HaproxyPaths, address: string, apps: readonly AppServer[]): string {
  const servers = apps.map(
    (app) => `  server ${app.name} ${app.address}:${app.port} check inter 50ms rise 2 fall 2`,
  );
  return `${globalSection(paths)}
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
  timeout check 2s
frontend fe
  bind ${address}:8080
  default_backend be
backend be
  option httpchk GET /health
${servers.join('\n')}
`;
}

describe.each(testedVersions())('a HAProxy %s of the harness', (version) => {
  let sandbox: Sandbox;
  let apps: AppServer[];
  let haproxy: Haproxy;
  let frontend: { address: string; port: number };

  beforeEach(async () => {
    sandbox = await createSandbox();
    apps = await Promise.all(['app1', 'app2'].map((name) => startAppServer({ sandbox, name })));
    frontend = { address: sandbox.address('node', 1), port: 8080 };
    haproxy = await startHaproxy({
      sandbox,
      name: 'lb1',
      version,
      config: (paths) => config(paths, frontend.address, apps),
    });
  });
  afterEach(() => sandbox.close());

  it('serves a request', async () => {
    expect(await get(frontend)).toMatchObject({ status: 200, server: 'app1' });
    if (version !== 'system') expect(await haproxy.ask('show version')).toContain(version);
  });

  it.each(['signal', 'master'] as const)('keeps serving over a reload by %s', async (via) => {
    const before = await haproxy.workerPid();
    expect((await haproxy.reload(via)).ok).toBe(true);
    expect(await haproxy.workerPid()).not.toBe(before);
    expect((await get(frontend)).status).toBe(200);
  });

  it('tells that a reload failed, and serves on', async () => {
    const before = await haproxy.workerPid();
    haproxy.writeConfig('global\n  bogus\n');
    for (const via of ['signal', 'master', 'signal'] as const) {
      const result = await haproxy.reload(via);
      expect(result).toMatchObject({ ok: false });
      expect(result.log).toContain('bogus');
    }
    expect(await haproxy.workerPid()).toBe(before);
    expect((await get(frontend)).status).toBe(200);
    haproxy.writeConfig(config(haproxy.paths, frontend.address, apps));
    expect((await haproxy.reload()).ok).toBe(true);
  });

  it.each(['worker', 'master'] as const)('starts again after kill -9 of its %s', async (which) => {
    const before = await haproxy.workerPid();
    if (which === 'worker') await haproxy.killWorker();
    else haproxy.killMaster();
    await waitUntil(async () => haproxy.restarts === 1 && (await haproxy.workerPid()) !== before, {
      for: 'a new worker',
    });
    expect((await get(frontend)).status).toBe(200);
  });

  it('refuses to start with a bad configuration, and says why', async () => {
    const bad = startHaproxy({ sandbox, name: 'bad', version, config: () => 'global\n  bogus\n' });
    await expect(bad).rejects.toThrow(/bogus/);
  });

  it('takes an application out of rotation when its checks fail', async () => {
    await apps[0]?.behave({ kind: 'fail', status: 500 });
    await waitUntil(async () => /app1.*,DOWN,/.test(await haproxy.ask('show stat')), { for: 'app1 down' });
    for (let i = 0; i < 4; i++) expect((await get(frontend)).server).toBe('app2');
    await apps[0]?.behave({ kind: 'ok' });
    await waitUntil(async () => (await get(frontend)).server === 'app1', { for: 'app1 back' });
  });

  it('leaves no process and no folder', async () => {
    expect(sandbox.processes()).toHaveLength(2);
    await sandbox.close();
    expect(sandbox.processes()).toEqual([]);
  });
});
