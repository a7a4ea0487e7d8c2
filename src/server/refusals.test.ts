import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foreignGreeting } from './agents/versions.ts';
import { startServer, type RunningServer } from './main.ts';

let folder: string;
let server: RunningServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hafleet-refusals-'));
  const log = pino({ level: 'silent' });
  const listen = { host: '127.0.0.1', port: 0 };
  server = await startServer({ dataFolder: folder, listen, version: '0.1.0', log });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Everything that is answered to these bytes. */
function answerTo(bytes: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.end(bytes));
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('error', reject).on('close', () => resolve(text));
  });
}

const coded = (code: string) => ({
  error: { code, requestId: expect.any(String), hint: expect.any(String) },
});

describe('what the framework would answer itself has a code like everything else', () => {
  it.each([
    ['bytes that are no HTTP', 'HELO\r\n\r\n', 400, 'bad-request'],
    ['endless headers', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 413, 'too-large'],
    ['no host', 'GET /v1/health HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'bad-request'],
    ['an address that cannot be decoded', 'GET /v1/nodes/%E0%A4 HTTP/1.0\r\n\r\n', 400, 'bad-request'],
  ])('%s', async (_what, bytes, status, code) => {
    const [head = '', body = ''] = (await answerTo(bytes)).split('\r\n\r\n');
    expect(head).toContain(`HTTP/1.1 ${status} `);
    expect(JSON.parse(body)).toMatchObject(coded(code));
  });

  it('a body that the library cannot even compare', async () => {
    const token = readFileSync(server.adminTokenFile, 'utf8').trim();
    const answer = await fetch(`${server.url}/v1/changes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{"kind":"disable","targets":["web1"],"reason":{"length":{"toString":1}}}',
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      error: { code: 'bad-request', message: expect.stringContaining('cannot be checked') },
    });
  });

  it('a greeting of an agent that cannot be compared is none', () => {
    const version = { length: { toString: 1 } };
    const hello = { type: 'hello', protocol: { major: 9, minor: 0 }, version };
    expect(foreignGreeting(JSON.stringify(hello))).toBeUndefined();
  });
});
