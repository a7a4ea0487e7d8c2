import { afterEach, describe, expect, it } from 'vitest';
import { startFleet, testedVersions, waitUntil, type Fleet } from '../../dev/index.ts';

let fleet: Fleet;

afterEach(async () => {
  await fleet.close();
});

describe.each(testedVersions())('a fleet on HAProxy %s', (version) => {
  it('takes a server out everywhere, proves it, and keeps it out through a reload and a crash', async () => {
    fleet = await startFleet({
      nodes: ['lb1', 'lb2'].map((name) => ({ name, version })),
      backends: { web: ['web1', 'web2', 'web3'] },
      stateFile: true,
      control: true,
    });
    const out = await fleet.hafleet('server', 'disable', 'web/web1', '--yes', '--reason', 'disk');
    expect(out.code, out.stderr + out.stdout).toBe(0);
    expect(out.stdout).toContain('2/2');
    const status = await fleet.hafleet('status');
    console.log(status.stdout);
    expect(status.code).toBe(1);
    for (const how of ['reload', 'kill'] as const) {
      const { haproxy } = fleet.instance('lb1/http');
      if (how === 'reload') await haproxy.reload('signal');
      else await haproxy.killWorker();
      await waitUntil(async () => (await haproxy.ask('show servers state web')).includes(' web1 '), {
        for: 'an answer',
      });
      const line = (await haproxy.ask('show servers state web'))
        .split('\n')
        .find((text) => text.includes(' web1 '));
      expect(Number(line?.split(' ')[6]) & 1, how).toBe(1);
    }
    const back = await fleet.hafleet('server', 'enable', 'web/web1', '--yes');
    expect(back.code, back.stderr + back.stdout).toBe(0);
    console.log(back.stdout, back.stderr);
  });
});
