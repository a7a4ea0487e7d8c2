import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  anyVersion,
  runCli,
  startControlServer,
  startFleet,
  supervise,
  waitUntil,
  writeAgentFile,
  ROOT,
  type Fleet,
} from '../../dev/index.ts';

let fleet: Fleet;

afterEach(async () => {
  await fleet.close();
});

/** A certificate that signs itself, for one address: what a small fleet begins with. */
function makeCertificate(folder: string, address: string): { cert: string; key: string } {
  const [cert, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  const subject = ['-subj', '/CN=hafleet', '-addext', `subjectAltName=IP:${address}`];
  const args = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
  ];
  execFileSync('openssl', [...args, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { cert, key };
}

describe('over TLS', () => {
  it('agent and command line trust the CA they are given, and nobody else is let in or trusted', async () => {
    fleet = await startFleet({
      nodes: [{ name: 'lb1', version: anyVersion(), agent: false }],
      backends: { web: ['web1', 'web2'] },
    });
    const { sandbox } = fleet;
    // The listener is on loopback as everything here is; what is shown is that certificate, key and CA are used by path.
    const plain = await startControlServer({ sandbox, name: 'plain' });
    const { cert, key } = makeCertificate(sandbox.folder, plain.address);
    await plain.process.stop();
    const control = { ...plain, url: `https://${plain.address}:8443` };
    await supervise({
      sandbox,
      name: 'serve over TLS',
      command: process.execPath,
      args: [
        join(ROOT, 'bin/hafleet.js'),
        'serve',
        '--data',
        plain.dataFolder,
        '--listen',
        `${plain.address}:8443`,
        '--tls-cert',
        cert,
        '--tls-key',
        key,
      ],
      cwd: sandbox.folder,
      logFile: join(sandbox.folder, 'tls.log'),
      isReady: () => isUp(control.url, readFileSync(cert, 'utf8')),
    });
    const folder = join(sandbox.folder, 'lb1-agent');
    mkdirSync(folder, { recursive: true });
    const { paths } = fleet.instance('lb1/http').haproxy;
    const { configFile } = writeAgentFile({
      sandbox,
      name: 'lb1',
      servers: [],
      folder,
      tokenFile: plain.joinTokenFile,
      instances: [{ name: 'http', paths }],
      more: { servers: [{ url: control.url, ca: cert }] },
    });
    await supervise({
      sandbox,
      name: 'agent over TLS',
      command: process.execPath,
      args: [join(ROOT, 'bin/hafleet.js'), 'agent', '--config', configFile],
      cwd: folder,
      logFile: join(folder, 'hafleet.log'),
      isReady: async () => true,
    });
    const hf = (...args: string[]) => runCli(args, { sandbox });
    const added = await hf(
      'context',
      'add',
      'safe',
      '--server',
      control.url,
      '--token-file',
      plain.adminTokenFile,
      '--ca-file',
      cert,
    );
    expect(added.code, added.stderr).toBe(0);
    await waitUntil(async () => (await hf('status')).stdout.includes('web'), { for: 'the agent, over TLS' });
    const out = await hf('server', 'disable', 'web/web1', '--yes', '--reason', 'tls');
    expect(out.code, out.stdout + out.stderr).toBe(0);
    const distrusted = await runCli(
      ['status', '--server', control.url, '--token-file', plain.adminTokenFile],
      {
        sandbox,
        // Without the context, which knows the CA of this address.
        env: { XDG_CONFIG_HOME: join(sandbox.folder, 'nothing') },
      },
    );
    expect(distrusted.code).toBe(14);
  });
});

function isUp(url: string, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(`${url}/v1/health`, { ca }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on('error', () => resolve(false));
    asked.end();
  });
}
