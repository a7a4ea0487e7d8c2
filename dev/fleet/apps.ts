import { type AppServer, startAppServer } from '../app-server.ts';
import { type FastAppServer, startFastAppServers } from '../fast-app-servers.ts';
import type { Sandbox } from '../sandbox.ts';
import type { ConfigServer } from './config.ts';
import type { FleetOptions } from './options.ts';

const DEFAULT_BACKENDS = { app: ['app1', 'app2'] };

export interface Apps {
  readonly servers: ReadonlyMap<string, readonly ConfigServer[]>;
  readonly slow: ReadonlyMap<string, AppServer>;
  readonly fast: ReadonlyMap<string, FastAppServer>;
}

/** Known by `backend/name`, and by `name` alone where the first backend that has it is meant. */
function byName<T extends { readonly name: string }>(
  groups: ReadonlyMap<string, readonly T[]>,
): Map<string, T> {
  const found = new Map<string, T>();
  for (const [backend, apps] of groups) {
    for (const app of apps) {
      found.set(`${backend}/${app.name}`, app);
      if (!found.has(app.name)) found.set(app.name, app);
    }
  }
  return found;
}

export async function startApps(sandbox: Sandbox, options: FleetOptions): Promise<Apps> {
  const backends = Object.entries(options.backends ?? DEFAULT_BACKENDS);
  if (options.apps === 'fast') {
    const names = backends.flatMap(([, servers]) => servers);
    const all = [...(await startFastAppServers({ sandbox, names }))];
    const groups = new Map(backends.map(([name, servers]) => [name, all.splice(0, servers.length)]));
    return { servers: groups, slow: new Map(), fast: byName(groups) };
  }
  const groups = new Map<string, AppServer[]>();
  for (const [backend, servers] of backends) {
    groups.set(backend, await Promise.all(servers.map((name) => startAppServer({ sandbox, name }))));
  }
  return { servers: groups, slow: byName(groups), fast: new Map() };
}
