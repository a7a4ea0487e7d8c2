import { type Connection, createConnection } from './connection.ts';
import { createHistogram } from './histogram.ts';
import type { LoadOptions, LoadReport } from './options.ts';

const MAX_DURATION_MS = 600_000;
const TICK_MS = 2;

export interface Generator {
  /** Resolves when it ended and every request has its outcome. */
  readonly done: Promise<LoadReport>;
  report(): LoadReport;
  /** Sends nothing more; what is on its way still gets its outcome. */
  stop(): void;
}

function requestText(path: string, address: string, { headers = {}, mode }: LoadOptions): string {
  const all = { host: address, ...headers, ...(mode === 'close' && { connection: 'close' }) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

function bump(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

interface Client {
  readonly connection: Connection;
  readonly requests: readonly string[];
}

/** Sends until time, count or `stop` ends it. Closed loop, or open at `rate` as long as a connection is free. */
export function generateLoad(options: LoadOptions): Generator {
  const { targets, paths = ['/'], connections = 16, mode = 'keep-alive', rate, timeoutMs = 5_000 } = options;
  const { count: limit = Infinity, expect = [200] } = options;
  const durationMs = Math.min(options.durationMs ?? 10_000, MAX_DURATION_MS);
  const latency = createHistogram();
  const connecting = createHistogram();
  const reasons: Record<string, number> = {};
  const servers: Record<string, number> = {};
  const startedAt = performance.now();
  let endedAt: number | undefined;
  let [sent, ok, failed, connects] = [0, 0, 0, 0];
  let stopping = false;
  let finish: (report: LoadReport) => void = () => undefined;
  const done = new Promise<LoadReport>((resolve) => (finish = resolve));

  const clients: Client[] = Array.from({ length: connections }, (_, i) => makeClient(i));

  function makeClient(index: number): Client {
    const target = targets[index % targets.length];
    if (!target) throw new Error('load: no target');
    const client: Client = {
      requests: paths.map((path) => requestText(path, target.address, options)),
      connection: createConnection({
        ...target,
        keepAlive: mode === 'keep-alive',
        events: {
          connected(ms) {
            connects++;
            connecting.add(ms);
          },
          answered({ status, server }, ms) {
            latency.add(ms);
            if (expect.includes(status)) {
              ok++;
              bump(servers, server);
            } else count(`status ${status}`);
            if (rate === undefined) next(client);
          },
          failed(reason) {
            count(reason);
            // Not at once: a refused connection fails in microseconds, and would eat the processor and the count.
            if (rate === undefined) setTimeout(() => next(client), TICK_MS);
          },
        },
      }),
    };
    return client;
  }
  function count(reason: string): void {
    failed++;
    bump(reasons, reason);
  }
  function next({ connection, requests }: Client): void {
    if (stopping || sent >= limit || connection.busy) return;
    connection.send(requests[sent++ % requests.length] ?? '');
  }
  function sendDue(now: number): void {
    if (rate === undefined) return;
    let due = Math.min(Math.floor(((now - startedAt) / 1000) * rate), limit) - sent;
    for (const client of clients) {
      if (due <= 0) return;
      if (client.connection.busy) continue;
      next(client);
      due--;
    }
  }
  function report(): LoadReport {
    const seconds = ((endedAt ?? performance.now()) - startedAt) / 1000;
    return {
      sent,
      ok,
      failed,
      reasons: { ...reasons },
      servers: { ...servers },
      seconds: Math.round(seconds * 1000) / 1000,
      perSecond: Math.round((ok + failed) / seconds),
      latencyMs: latency.percentiles(),
      connectMs: connecting.percentiles(),
      connects,
    };
  }
  function tick(): void {
    const now = performance.now();
    if (now - startedAt >= durationMs) stopping = true;
    if (!stopping) sendDue(now);
    for (const { connection } of clients) connection.expire(now - timeoutMs);
    if ((stopping || sent >= limit) && ok + failed === sent) end(now);
  }
  function end(now: number): void {
    endedAt = now;
    clearInterval(timer);
    for (const { connection } of clients) connection.close();
    finish(report());
  }

  const timer = setInterval(tick, TICK_MS);
  if (rate === undefined) clients.forEach(next);
  return {
    done,
    report,
    stop() {
      stopping = true;
    },
  };
}
