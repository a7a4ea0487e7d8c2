import type { ConfigModel, Diagnostic, ProxyModel, ServerModel } from '../index.ts';

/** The model as text for case files: one thing a line, and only what differs from HAProxy's own defaults. */
export function dumpModel(model: ConfigModel): string {
  const { global, defaults, proxies, peers, resolvers, mapFiles, aclFiles } = model;
  const { statsSockets, ...rest } = global;
  return [
    ...(global.line > 0 ? [`global${fields(rest)}`] : []),
    ...statsSockets.map((socket) => `  stats socket${fields(socket)}`),
    ...defaults.map(({ name, ...rest }) => `defaults ${name || '(anonymous)'}${fields(rest)}`),
    ...proxies.flatMap(dumpProxy),
    ...peers.flatMap(({ name, peers, tables, ...rest }) => [
      `peers ${name}${fields(rest)}`,
      ...peers.map((peer) => `  peer${fields(peer)}`),
      ...tables.map((table) => `  table${fields(table)}`),
    ]),
    ...resolvers.map(({ name, ...rest }) => `resolvers ${name}${fields(rest)}`),
    ...mapFiles.map((file) => `map file${fields(file)}`),
    ...aclFiles.map((file) => `acl file${fields(file)}`),
  ].join('\n');
}

export function dumpDiagnostics(diagnostics: readonly Diagnostic[]): string {
  return diagnostics
    .map(({ file, line, column, severity, code, message, hint }) =>
      [`${file && `${file}:`}${line}:${column} ${severity} ${code}: ${message}`, hint]
        .filter(Boolean)
        .join('; '),
    )
    .join('\n');
}

function dumpProxy(proxy: ProxyModel): string[] {
  const { kind, name, defaults, binds, stickTable, stickRules, useBackends, servers, ...rest } = proxy;
  const from = defaults ? `${defaults.name || 'anonymous'}, line ${defaults.line}` : 'none';
  return [
    `${kind} ${name} (defaults: ${from})${fields({ ...rest, retries: rest.retries === 3 ? undefined : rest.retries })}`,
    ...binds.map((bind) => `  bind${fields(bind)}`),
    ...(stickTable ? [`  stick-table${fields({ ...stickTable, words: undefined })}`] : []),
    ...stickRules.map((rule) => `  ${rule.words.join(' ')}${fields({ ...rule, words: undefined })}`),
    ...useBackends.map((rule) => `  use_backend${fields(rule)}`),
    ...servers.map(dumpServer),
  ];
}

function dumpServer({ name, rawAddress, keywords, effective, ...rest }: ServerModel): string {
  const { interMs, rise, fall, host, portText, template, ...more } = rest;
  const unusual = {
    ...more,
    interMs: interMs === 2000 ? undefined : interMs,
    rise: rise === 2 ? undefined : rise,
    fall: fall === 3 ? undefined : fall,
    portText: portText === String(rest.port) ? undefined : portText,
    host: `${host}:${rest.port}` === rawAddress ? undefined : host,
    effective: keywords.join(' ') === effective.join(' ') ? undefined : effective,
    template: template && `${template.prefix}${template.first}-${template.last}`,
  };
  return `  server ${name} ${rawAddress}${fields({ keywords, ...unusual })}`;
}

function fields(thing: object): string {
  const { line, file, ...rest } = thing as Record<string, unknown>;
  const place = typeof file === 'string' && file !== '' ? `${file}:` : '';
  return ` @${place}${JSON.stringify(line)}${Object.entries(rest).map(field).join('')}`;
}

function field([key, value]: readonly [string, unknown]): string {
  if (value === undefined || value === false || value === '' || value === 'none') return '';
  if (Array.isArray(value)) return value.length === 0 ? '' : ` ${key}=[${value.join(' ')}]`;
  if (value === true) return ` ${key}`;
  return ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
}
