import type { ConfigModel, ProxyModel, ServerModel } from './model.ts';

/** The backend or listen section of this name; a frontend of the same name is another thing. */
export function findBackend(model: ConfigModel, name: string): ProxyModel | undefined {
  return model.proxies.find((proxy) => proxy.name === name && proxy.kind !== 'frontend');
}

export function findServer(model: ConfigModel, backend: string, server: string): ServerModel | undefined {
  return findBackend(model, backend)?.servers.find(({ name }) => name === server);
}

/** True when a request may go to another server after a failed connection (`option redispatch`). */
export function canRedispatch(proxy: ProxyModel): boolean {
  return proxy.options.includes('redispatch');
}
