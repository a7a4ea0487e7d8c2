import type { ConfigModel, ServerModel } from '../../haproxy/cfg/index.ts';
import { type ServerConfig, serverKey } from '../../plan/index.ts';

/** What haproxy.cfg says of a server: what the plan needs, and what people want to see beside its state. */
export interface ServerFacts extends ServerConfig {
  readonly backup: boolean;
  readonly checkIntervalMs: number | undefined;
  readonly rise: number;
  readonly tracked: boolean;
}

/** By `serverKey`; each slot of a template is a server. */
export function readServerFacts({ proxies }: ConfigModel): ReadonlyMap<string, ServerFacts> {
  const facts = new Map<string, ServerFacts>();
  for (const { name, servers } of proxies)
    for (const server of servers)
      for (const slot of slotsOf(server)) facts.set(serverKey(name, slot), factsOf(server));
  return facts;
}

/** The names of the servers that one line makes. */
export function slotsOf({ name, template }: ServerModel): string[] {
  if (!template) return [name];
  const { prefix, first, last } = template;
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => `${prefix}${first + at}`);
}

/** Where an environment variable or a condition decides, only the process knows: then its own columns stand. */
function factsOf(server: ServerModel): ServerFacts {
  const isKnown = !server.hasVariables && !server.conditional;
  // An underscore makes it a service record: the names behind it come and go, and the row has the present one.
  const hasName = isKnown && !server.isLiteralIp && server.host !== '' && !/^[_/]/.test(server.host);
  return {
    address: isKnown && server.isLiteralIp ? server.host : null,
    port: isKnown ? (server.port ?? null) : null,
    hostname: hasName ? server.host : null,
    disabled: server.disabled,
    ssl: server.effective.includes('ssl'),
    backup: server.backup,
    checkIntervalMs: server.check ? server.interMs : undefined,
    rise: server.rise,
    tracked: server.track !== undefined,
  };
}
