import { lineAt } from '../../../haproxy/cfg/index.ts';
import type { Configuration } from '../config-lines.ts';
import type { InstanceFacts, ServerFacts } from '../facts.ts';
import { type Remark, listNames, remark } from '../finding.ts';

/** What is odd about single servers, in the file or as HAProxy has them. */
export function checkServers({ servers }: InstanceFacts, config: Configuration | undefined): Remark[] {
  return [
    ...checkResolution(servers),
    ...(config ? [...checkDisabled(servers, config), ...checkIds(config)] : []),
  ];
}

/** `srv_admin_state`: 0x20 no resolution, 0x40 in maint by its host name. */
const UNRESOLVED = 0x20 | 0x40;
const CONFIG_DISABLED = 0x04;
const FORCED_MAINT = 0x01;

function checkResolution(servers: readonly ServerFacts[]): Remark[] {
  const lost = servers.filter(({ adminFlags }) => (adminFlags & UNRESOLVED) !== 0);
  if (lost.length === 0) return [];
  return [
    remark('warning', 'unresolved-server', `${names(lost)} got no address from its name`, {
      evidence: lost.map(
        (server) => `show servers state: ${nameOf(server)} srv_admin_state ${server.adminFlags}`,
      ),
      fix: ['look at the `resolvers` section, and whether the name exists'],
    }),
  ];
}

function names(servers: readonly ServerFacts[]): string {
  return listNames(servers.map(nameOf));
}

function nameOf({ backend, server }: { readonly backend: string; readonly server: string }): string {
  return `${backend}/${server}`;
}

/** A comment on the line or right above it is what explains a `disabled`. */
function checkDisabled(servers: readonly ServerFacts[], config: Configuration): Remark[] {
  const disabled = config.model.proxies.flatMap((proxy) =>
    proxy.servers
      .filter((server) => server.disabled)
      .map((server) => ({ backend: proxy.name, server: server.name, place: server })),
  );
  const serving = new Set(
    servers.filter(({ adminFlags }) => (adminFlags & (CONFIG_DISABLED | FORCED_MAINT)) === 0).map(nameOf),
  );
  const inUse = disabled.filter((one) => serving.has(nameOf(one)));
  const unexplained = disabled.filter((one) => !inUse.includes(one) && !hasComment(config, one.place));
  return [
    ...(inUse.length > 0
      ? [
          remark(
            'warning',
            'file-disabled',
            `${listNames(inUse.map(nameOf))} is in use, and the next reload takes it out: haproxy.cfg disables it`,
            {
              evidence: inUse.map(({ place }) => config.quote(place)),
              fix: ['remove `disabled` from that line'],
            },
          ),
        ]
      : []),
    ...(unexplained.length > 0
      ? [
          remark(
            'warning',
            'file-disabled',
            `haproxy.cfg disables ${listNames(unexplained.map(nameOf))} and does not say why`,
            {
              evidence: unexplained.map(({ place }) => config.quote(place)),
              fix: ['remove `disabled`, or say why in a comment on that line'],
            },
          ),
        ]
      : []),
  ];
}

function hasComment({ trees }: Configuration, { file, line }: { file: string; line: number }): boolean {
  const tree = trees.find((one) => one.file === file);
  const own = tree && lineAt(tree, line);
  const above = tree && lineAt(tree, line - 1);
  return own?.tokens.some(({ type }) => type === 'comment') === true || above?.kind === 'comment';
}

/** Peers hand entries on by the number of a server; without `id` the number is its place in the file. */
function checkIds({ model, quote }: Configuration): Remark[] {
  const loose = model.proxies.filter(
    ({ stickTable, stickRules, servers }) =>
      stickTable?.peers !== undefined && stickRules.length > 0 && servers.some(({ id }) => id === undefined),
  );
  if (loose.length === 0) return [];
  return [
    remark(
      'info',
      'implicit-server-ids',
      `sticky sessions of ${listNames(loose.map(({ name }) => name))} are shared by server numbers that shift when a line is added: the servers have no id`,
      {
        evidence: loose.map(({ stickTable, ...proxy }) => quote(stickTable ?? proxy)),
        fix: ['server web1 10.0.0.1:80 id 1'],
      },
    ),
  ];
}
