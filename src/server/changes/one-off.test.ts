import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, expect, it, vi } from 'vitest';
import { startScriptedAgent, upServer } from '../../../test/support/scripted-agent.ts';
import { createApiClient } from '../../api/index.ts';
import { startServer } from '../main.ts';

afterEach(() => void vi.useRealTimers());

it('a server that stops while sessions are being killed ends in peace, and the next one says that nobody knows', async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'hafleet-one-off-'));
  const rejections: unknown[] = [];
  const note = (thrown: unknown) => void rejections.push(thrown);
  process.on('unhandledRejection', note);
  const log = pino({ level: 'silent' });
  const server = await startServer({
    dataFolder,
    listen: { host: '127.0.0.1', port: 0 },
    version: '0.1.0',
    log,
  });
  const read = (path: string) => readFileSync(path, 'utf8').trim();
  const client = createApiClient({ server: server.url, token: read(server.adminTokenFile), fetch });
  const joinToken = read(server.joinTokenFile);
  await startScriptedAgent({ url: server.url, joinToken, name: 'lb1', servers: [upServer('web', 'web1')] });
  // It never answers, and ten seconds after the question that is the answer.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { change } = await client.createChange({ kind: 'kill-sessions', targets: ['web/web1'] });
  expect(change?.state).toBe('running');
  await server.stop();
  vi.advanceTimersByTime(10_000);
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);
  vi.useRealTimers();
  const again = await startServer({
    dataFolder,
    listen: { host: '127.0.0.1', port: 0 },
    version: '0.1.0',
    log,
  });
  const later = createApiClient({ server: again.url, token: read(again.adminTokenFile), fetch });
  expect(await later.change('CHG-1')).toMatchObject({
    state: 'failed',
    message: expect.stringContaining('unknown whether'),
  });
  await again.stop();
  rmSync(dataFolder, { recursive: true, force: true });
  expect(rejections).toEqual([]);
});
