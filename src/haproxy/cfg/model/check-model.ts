import { createDiagnostic } from '../diagnostic.ts';
import type { Diagnostic, DiagnosticCode, Place } from '../diagnostic.ts';
import type { ConfigModel, Located, ProxyModel } from './model.ts';

/** HAProxy's alphabet for the names of proxies and servers. */
const NAME = /^[A-Za-z0-9_.:-]+$/;

/**
 * What is wrong between sections. A thing inside a condition hafleet cannot evaluate collides with nothing: writing two
 * versions of one backend is what such conditions are for.
 */
export function checkModel(model: ConfigModel): Diagnostic[] {
  return [
    ...checkProxyNames(model.proxies),
    ...model.proxies.flatMap(checkServers),
    ...checkTargets(model),
    ...checkUnique(model.peers, 'peers section'),
    ...checkUnique(model.resolvers, 'resolvers section'),
  ];
}

function report(code: DiagnosticCode, { file, line }: Located, message: string, hint?: string): Diagnostic {
  const place: Place = { file, line, column: 1 };
  return createDiagnostic(code, place, message, hint);
}

/** A frontend and a backend may share a name up to 3.2, which warns; anything else may not. */
function checkProxyNames(proxies: readonly ProxyModel[]): Diagnostic[] {
  const found: Diagnostic[] = [];
  const seen = new Map<string, ProxyModel[]>();
  for (const proxy of proxies) {
    const { kind, name } = proxy;
    if (name === '') continue;
    if (!NAME.test(name) && !name.includes('$'))
      found.push(report('bad-name', proxy, `HAProxy does not take '${name}' for a name`));
    if (proxy.conditional) continue;
    const namesakes = seen.get(name) ?? [];
    const same = namesakes.find((other) => sharesSide(kind, other.kind));
    const other = same ?? namesakes[0];
    if (other)
      found.push(
        report(
          same ? 'duplicate-proxy' : 'shared-proxy-name',
          proxy,
          `${kind} '${name}' has the name of the ${other.kind} of line ${other.line}`,
          same ? undefined : 'from 3.3 this is an error',
        ),
      );
    seen.set(name, [...namesakes, proxy]);
  }
  return found;
}

function sharesSide(a: ProxyModel['kind'], b: ProxyModel['kind']): boolean {
  return a === b || a === 'listen' || b === 'listen';
}

function checkServers({ name: backend, servers }: ProxyModel): Diagnostic[] {
  const found: Diagnostic[] = [];
  const names = new Map<string, Located>();
  const ids = new Map<number, Located>();
  for (const server of servers) {
    const { name, id, hasVariables, conditional } = server;
    if (!NAME.test(name) && !hasVariables)
      found.push(report('bad-name', server, `HAProxy does not take '${name}' for a name`));
    if (conditional || hasVariables) continue;
    const sameName = names.get(name);
    if (sameName)
      found.push(
        report('duplicate-server', server, `'${backend}/${name}' already stands in line ${sameName.line}`),
      );
    const sameId = id === undefined ? undefined : ids.get(id);
    if (sameId)
      found.push(report('duplicate-server-id', server, `id ${id} already is that of line ${sameId.line}`));
    if (!sameName) names.set(name, server);
    if (id !== undefined && !sameId) ids.set(id, server);
  }
  return found;
}

/** HAProxy looks the targets up when all files are read, so they may stand further down. */
function checkTargets({ proxies }: ConfigModel): Diagnostic[] {
  const backends = new Set(proxies.filter(({ kind }) => kind !== 'frontend').map(({ name }) => name));
  const missing = (name: string | undefined): name is string =>
    name !== undefined && !name.includes('$') && !backends.has(name);
  return proxies.flatMap((proxy) => [
    ...proxy.useBackends
      .filter(({ backend, dynamic, conditional }) => !dynamic && !conditional && missing(backend))
      .map((rule) => report('unknown-backend', rule, `there is no backend '${rule.backend}'`)),
    ...(!proxy.conditional && missing(proxy.defaultBackend)
      ? [
          report(
            'unknown-backend',
            proxy,
            `there is no backend '${proxy.defaultBackend}', the default of '${proxy.name}'`,
          ),
        ]
      : []),
  ]);
}

function checkUnique(sections: readonly (Located & { readonly name: string })[], what: string): Diagnostic[] {
  const found: Diagnostic[] = [];
  const seen = new Map<string, Located>();
  for (const section of sections) {
    const other = section.conditional ? undefined : seen.get(section.name);
    if (other)
      found.push(
        report(
          'duplicate-section',
          section,
          `the ${what} '${section.name}' already stands in line ${other.line}`,
        ),
      );
    else if (!section.conditional) seen.set(section.name, section);
  }
  return found;
}
