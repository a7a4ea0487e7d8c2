import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, createSandbox, globalSection, startHaproxy, testedVersions } from '../../dev/index.ts';
import { discoverHaproxy } from '../../src/haproxy/process/index.ts';

let sandbox: Sandbox;
beforeAll(async () => void (sandbox = await createSandbox({ name: 'hf-process' })));
afterAll(() => sandbox.close());

describe.each(testedVersions())('discoverHaproxy with %s', (version) => {
  it('finds a running HAProxy, its worker, its sockets and what it lacks', async () => {
    const haproxy = await startHaproxy({
      sandbox,
      name: `p${version}`,
      version,
      config: (paths) => `${globalSection(paths)}
defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
backend web
  server s1 127.0.0.1:1
`,
    });
    const { paths, masterPid } = haproxy;
    const found = (await discoverHaproxy()).find(({ pid }) => pid === masterPid);
    expect(found).toMatchObject({
      name: `p${version}`,
      workers: [await haproxy.workerPid()],
      configFiles: [paths.configFile],
      statsSocket: { address: paths.statsSocket, result: 'ok', level: 'admin' },
      masterSocket: paths.masterSocket,
    });
    expect(found?.findings.map(({ code, blocks }) => [code, blocks])).toEqual([['no-state-file', false]]);
    expect(readFileSync(paths.logFile, 'utf8')).not.toMatch(/error/i);
    await haproxy.stop();
    expect((await discoverHaproxy()).some(({ pid }) => pid === masterPid)).toBe(false);
  });
});
