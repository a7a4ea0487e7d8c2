import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { Sandbox } from './sandbox.ts';

/** How an application server treats what comes in. */
export type Behaviour =
  | { readonly kind: 'ok' }
  | { readonly kind: 'fail'; readonly status: number }
  /** Accepts the request and never answers. */
  | { readonly kind: 'hang' }
  | { readonly kind: 'slow'; readonly ms: number }
  /** Closes its port and every connection. */
  | { readonly kind: 'refuse' };

/** Health checks, requests of clients, or both. */
export type Scope = 'all' | 'checks' | 'traffic';

export interface AppServerOptions {
  readonly sandbox: Sandbox;
  readonly name: string;
  /** Default: the next address of the sandbox's app area. */
  readonly address?: string;
  /** Default 8080. */
  readonly port?: number;
  /** Requests for it are counted as checks. Default `/health`. */
  readonly checkPath?: string;
  /** Returned in every answer; stands for the release that is deployed there. */
  readonly version?: string;
}

export interface Counts {
  readonly checks: number;
  /** All but checks. */
  readonly requests: number;
  /** Answered with a status of 500 or above, by `fail` or `failNext`; checks not among them. */
  readonly failed: number;
  readonly byPath: ReadonlyMap<string, number>;
}

/** A small HTTP application behind the fleet. It answers `<name> <version>` and can be told to misbehave. */
export interface AppServer {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  version: string;
  /** Counts from now on; a request that already hangs keeps hanging. `refuse` has no scope: a closed port is closed to all. */
  behave(behaviour: Behaviour, scope?: Scope): Promise<void>;
  /** The next `count` requests that are not checks are answered 500, exactly these. */
  failNext(count: number): void;
  counts(): Counts;
  resetCounts(): void;
  close(): Promise<void>;
}

const OK: Behaviour = { kind: 'ok' };

function isListening(server: Server): boolean {
  return server.listening;
}

export async function startAppServer(options: AppServerOptions): Promise<AppServer> {
  const { sandbox, name, port = 8080, checkPath = '/health' } = options;
  const address = options.address ?? sandbox.nextAddress('app');
  const behaviour = { checks: OK, traffic: OK };
  let version = options.version ?? 'v1';
  let toFail = 0;
  let checks = 0;
  let requests = 0;
  let failed = 0;
  let byPath = new Map<string, number>();

  function answer(response: ServerResponse, status: number): void {
    const body = `${name} ${version}\n`;
    response.writeHead(status, {
      'content-type': 'text/plain',
      'content-length': Buffer.byteLength(body),
      'x-server': name,
    });
    response.end(body);
  }

  function behaviourFor(isCheck: boolean): Behaviour {
    if (isCheck) return behaviour.checks;
    if (toFail === 0) return behaviour.traffic;
    toFail--;
    return { kind: 'fail', status: 500 };
  }

  function count(path: string, isCheck: boolean): void {
    byPath.set(path, (byPath.get(path) ?? 0) + 1);
    if (isCheck) checks++;
    else requests++;
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const isCheck = path === checkPath;
    count(path, isCheck);
    request.resume();
    const now = behaviourFor(isCheck);
    switch (now.kind) {
      case 'ok':
        return answer(response, 200);
      case 'fail':
        if (!isCheck && now.status >= 500) failed++;
        return answer(response, now.status);
      case 'slow':
        setTimeout(() => answer(response, 200), now.ms);
        return;
      case 'hang':
      case 'refuse':
        return;
    }
  }

  // Connections idle for longer than HAProxy keeps them: which side closes first must not be a race in a test.
  const server = createServer({ keepAliveTimeout: 600_000 }, handle);
  async function listen(): Promise<void> {
    if (isListening(server)) return;
    server.listen({ host: address, port, backlog: 4096 });
    await once(server, 'listening');
  }
  async function refuse(): Promise<void> {
    if (!isListening(server)) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  await listen();
  sandbox.onClose(refuse);
  return {
    name,
    address,
    port,
    get version() {
      return version;
    },
    set version(text: string) {
      version = text;
    },
    async behave(wanted, scope = 'all') {
      if (wanted.kind === 'refuse') return refuse();
      if (scope !== 'traffic') behaviour.checks = wanted;
      if (scope !== 'checks') behaviour.traffic = wanted;
      await listen();
    },
    failNext: (howMany) => void (toFail = howMany),
    counts: () => ({ checks, requests, failed, byPath: new Map(byPath) }),
    resetCounts() {
      checks = requests = failed = 0;
      byPath = new Map();
    },
    close: refuse,
  };
}
