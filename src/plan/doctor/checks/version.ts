import { canRedispatch } from '../../../haproxy/cfg/index.ts';
import { type Configuration, linesWith } from '../config-lines.ts';
import type { InstanceFacts } from '../facts.ts';
import { type Remark, listNames, remark } from '../finding.ts';

/** The build that runs, and the harm it is known to do in this configuration. */
export function checkVersion({ worker }: InstanceFacts, config: Configuration | undefined): Remark[] {
  if (!worker) return [];
  const bad = worker.knownBad.flatMap((name) => judgeBuild(name, worker.version, config));
  return [
    remark('ok', 'haproxy-version', `HAProxy ${worker.version}`, { evidence: [said(worker.version)] }),
    ...bad,
  ];
}

function said(version: string): string {
  return `show info: Version: ${version}`;
}

/** A build that does harm only in a way that nothing here can trigger is told, and is no warning. */
function judgeBuild(name: string, version: string, config: Configuration | undefined): Remark[] {
  const of = `HAProxy ${version}`;
  const evidence = [said(version)];
  if (name === 'del-server-crash') {
    const open = config ? backendsThatRetryInPlace(config) : undefined;
    const verdict = `${of} can crash when a server is deleted at run time while requests are retried on it (upstream issue 2298)`;
    const fix = ['HAProxy 2.8.4 or newer', 'until then `option redispatch` in every backend'];
    if (open?.length === 0)
      return [
        remark('info', 'known-bad-build', `${verdict}; \`option redispatch\` keeps that away here`, {
          evidence,
          fix,
        }),
      ];
    const where = open ? `: ${listNames(open)} without \`option redispatch\`` : '';
    return [remark('warning', 'known-bad-build', `${verdict}${where}`, { evidence, fix })];
  }
  if (name === 'sole-peer-loses-table') {
    const lost = config ? solePeers(config) : [];
    if (lost.length === 0) return [];
    return [
      remark(
        'warning',
        'known-bad-build',
        `${of} loses its stick tables at a reload where the local peer is the only one`,
        {
          evidence: [...evidence, ...lost],
          fix: ['a newer HAProxy of the same branch', 'or a second `peer` in that section'],
        },
      ),
    ];
  }
  if (name === 'clear-map-does-nothing')
    return [
      remark('info', 'known-bad-build', `${of} does not empty a map by \`clear map\``, {
        evidence,
        fix: ['a newer HAProxy; `prepare map` and `commit map` work'],
      }),
    ];
  return [remark('info', 'known-bad-build', `${of} is known for ${name}`, { evidence })];
}

function backendsThatRetryInPlace({ model }: Configuration): string[] {
  return model.proxies
    .filter((proxy) => proxy.servers.length > 0 && proxy.retries > 0 && !canRedispatch(proxy))
    .map(({ name }) => name);
}

function solePeers({ model, sections, quote }: Configuration): string[] {
  const used = new Set(model.proxies.flatMap(({ stickTable }) => stickTable?.peers ?? []));
  return model.peers
    .filter(({ name, peers }) => used.has(name) && peers.length === 1 && !hasServers(sections, name))
    .map(quote);
}

/** From 2.x on a peers section may also say `server` for a peer. */
function hasServers(sections: Configuration['sections'], name: string): boolean {
  const section = sections.find((one) => one.keyword === 'peers' && one.name === name);
  return section !== undefined && linesWith(section, 'server').length > 1;
}
