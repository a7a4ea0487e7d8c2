import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AgentScript, startScriptedAgent, upServer } from '../../../test/support/scripted-agent.ts';
import { type ApiClient, type DoctorFinding, createApiClient, doctorAnswer } from '../../api/index.ts';
import { type RunningServer, startServer } from '../main.ts';

let folder: string;
let server: RunningServer;
let client: ApiClient;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hafleet-doctor-'));
  server = await startServer({
    dataFolder: folder,
    listen: { host: '127.0.0.1', port: 0 },
    version: '0.1.0',
    log: pino({ level: 'silent' }),
  });
  client = createApiClient({
    server: server.url,
    token: readFileSync(server.adminTokenFile, 'utf8').trim(),
    fetch,
  });
});

afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const WELL: DoctorFinding = {
  id: 'redispatch',
  severity: 'ok',
  subject: 'http',
  evidence: [],
  verdict: 'redispatch everywhere',
  fix: [],
};

/** A node that answers with this finding, and with a clock this far from ours. */
async function node(name: string, { doctor }: Pick<AgentScript, 'doctor'> = {}) {
  return startScriptedAgent({
    url: server.url,
    joinToken: readFileSync(server.joinTokenFile, 'utf8').trim(),
    name,
    servers: [upServer('web', 'web1')],
    ...(doctor && { doctor }),
  });
}

const answers = (skewMs = 0) => ({ doctor: () => ({ ok: true, findings: [WELL], at: Date.now() + skewMs }) });

async function found(on?: string) {
  const answer = doctorAnswer.parse(await client.doctor(on === undefined ? {} : { on }));
  return answer.items.map(({ node: from, severity, id }) => `${from}: ${severity} ${id}`);
}

describe('the doctor of the fleet', () => {
  it('has every node look at itself', async () => {
    await node('lb1', answers());
    await node('lb2', answers());
    expect(await found()).toEqual([': ok clock-skew', 'lb1: ok redispatch', 'lb2: ok redispatch']);
    expect(await found('lb2')).toEqual([': ok clock-skew', 'lb2: ok redispatch']);
    await expect(client.doctor({ on: 'lb9' })).rejects.toMatchObject({ code: 'unknown-node' });
  });

  it('compares clocks: more than two seconds is a warning', async () => {
    await node('lb1', answers(-60_000));
    await node('lb2', answers(1_000));
    expect(await found()).toContain(': warning clock-skew');
  });

  it('says of an agent that knows no doctor that it is too old, and that is no error', async () => {
    await node('lb1');
    await node('lb2', answers());
    expect(await found()).toEqual([': ok clock-skew', 'lb1: info agent-too-old', 'lb2: ok redispatch']);
  });

  it('says of a node that is away that nothing is known of it', async () => {
    const lost = await node('lb1', answers());
    await node('lb2', answers());
    lost.close();
    await expect.poll(async () => (await client.node('lb1')).connected).toBe(false);
    expect(await found()).toEqual([': ok clock-skew', 'lb1: unknown node-silent', 'lb2: ok redispatch']);
  });

  it('quotes no configuration to a token that reaches some backends only, and shows the nodes in its scope', async () => {
    await node('lb1', answers());
    await node('lb2', answers());
    const as = async (scope: { backends: string[]; nodes: string[] }, name: string) => {
      const { secret } = await client.createToken({ name, role: 'viewer', scope });
      return createApiClient({ server: server.url, token: secret, fetch }).doctor();
    };
    await expect(as({ backends: ['web'], nodes: ['*'] }, 'web')).rejects.toMatchObject({
      code: 'out-of-scope',
    });
    expect((await as({ backends: ['*'], nodes: ['lb2'] }, 'two')).nodes).toEqual(['lb2']);
  });
});
