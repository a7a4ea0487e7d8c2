import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startServer, type RunningServer } from '../../../src/server/main.ts';
import { enrol, startScriptedAgent, upServer } from '../scripted-agent.ts';

/** A real server with one node whose agent does at once what it is asked for. */
export interface FuzzedServer {
  readonly server: RunningServer;
  readonly adminToken: string;
  readonly joinToken: string;
  /** What the server logged as an error of its own, since the last call. */
  takeFaults(): string[];
  /** Enrols a node; its credential. */
  enrol(name: string): Promise<string>;
  /** Throws when the server or the guard's connection has gone; then ends it. */
  close(): Promise<void>;
}

export async function startFuzzedServer(): Promise<FuzzedServer> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'hafleet-fuzz-'));
  const faults: string[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => void faults.push(line) });
  const server = await startServer({
    dataFolder,
    listen: { host: '127.0.0.1', port: 0 },
    version: '0.1.0',
    log,
  });
  const read = (path: string) => readFileSync(path, 'utf8').trim();
  const joinToken = read(server.joinTokenFile);
  const script = { url: server.url, joinToken, name: 'guard' };
  const servers = ['web1', 'web2', 'web3', 'web4'].map((name) => upServer('web', name));
  const guard = await startScriptedAgent({ ...script, servers });
  let isConnected = true;
  void guard.closed.then(() => (isConnected = false));
  return {
    server,
    joinToken,
    adminToken: read(server.adminTokenFile),
    takeFaults: () => faults.splice(0),
    async enrol(name) {
      const answer = await enrol({ ...script, name });
      return ((await answer.json()) as { credential: string }).credential;
    },
    async close() {
      const health = await fetch(`${server.url}/v1/health`).then(({ status }) => status);
      const wasConnected = isConnected;
      await server.stop();
      rmSync(dataFolder, { recursive: true, force: true });
      if (health !== 200) throw new Error(`the server answers ${health}`);
      if (!wasConnected) throw new Error('the guard lost its connection');
    },
  };
}

/** Made at the first call, and again after `close`. */
export function lazily<T extends { close(): Promise<void> }>(open: () => Promise<T>) {
  let opened: Promise<T> | undefined;
  return {
    get: () => (opened ??= open()),
    async close() {
      const mine = opened;
      opened = undefined;
      if (mine) await (await mine).close();
    },
  };
}
