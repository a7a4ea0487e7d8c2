import type { ProxyModel, ServerModel } from '../../../haproxy/cfg/index.ts';
import { type Configuration, type EffectiveSection, linesWith } from '../config-lines.ts';
import { type Remark, listNames, remark } from '../finding.ts';
import { valueOf } from './server-words.ts';

/** Checks that cannot fail, or only when it is too late. */
export function checkHealthChecks(config: Configuration): Remark[] {
  const backends = config.model.proxies.filter(({ servers }) => servers.length > 0);
  const found = [
    ...checkMissing(backends, config),
    ...checkTcpOnly(backends, config),
    ...checkPatience(backends, config),
    ...checkObserve(backends, config),
  ];
  const isFine = found.every(({ severity }) => severity === 'info');
  if (!isFine || !backends.some(({ servers }) => servers.some(({ check }) => check))) return found;
  return [remark('ok', 'checks', 'checks can fail'), ...found];
}

function isChecked({ check, agentCheck, track }: ServerModel): boolean {
  return check || agentCheck || track !== undefined;
}

/** A server without a check is used until somebody says otherwise. With one server there is nothing to choose from. */
function checkMissing(backends: readonly ProxyModel[], { quote }: Configuration): Remark[] {
  const bare = backends.filter(({ servers }) => !servers.every(isChecked));
  const described = bare.filter(({ httpCheck }) => httpCheck);
  const plain = bare.filter(({ httpCheck, servers }) => !httpCheck && servers.length > 1);
  const alone = bare.filter(({ httpCheck, servers }) => !httpCheck && servers.length === 1);
  const names = (list: readonly ProxyModel[]) => listNames(list.map(({ name }) => name));
  const parts = (list: readonly ProxyModel[]) => ({
    evidence: list.flatMap(({ servers }) => servers.filter((server) => !isChecked(server))).map(quote),
    fix: ['default-server check inter 2s      # above the servers'],
  });
  const unchecked = (list: readonly ProxyModel[]) =>
    `servers of ${names(list)} are not checked: a dead one stays in use`;
  return [
    ...(described.length > 0
      ? [
          remark(
            'warning',
            'httpchk-unused',
            `option httpchk holds in ${names(described)}, and servers there have no \`check\`: a dead one stays in use`,
            parts(described),
          ),
        ]
      : []),
    ...(plain.length > 0 ? [remark('warning', 'no-check', unchecked(plain), parts(plain))] : []),
    ...(alone.length > 0 ? [remark('info', 'no-check', unchecked(alone), parts(alone))] : []),
  ];
}

/** The checks that look at what comes back. `tcp-check` without `expect` only connects. */
const LAYER7 = [
  'httpchk',
  'ssl-hello-chk',
  'smtpchk',
  'mysql-check',
  'pgsql-check',
  'redis-check',
  'ldap-check',
  'spop-check',
  'external-check',
];

/** An application that hangs or answers 500 still accepts connections. */
function checkTcpOnly(backends: readonly ProxyModel[], { sections, quote }: Configuration): Remark[] {
  const only = backends.filter(
    (backend) =>
      backend.mode === 'http' &&
      backend.servers.some(({ check }) => check) &&
      !LAYER7.some((option) => backend.options.includes(option)) &&
      !expectsSomething(sections, backend),
  );
  if (only.length === 0) return [];
  return [
    remark(
      'warning',
      'check-tcp-only',
      `checks of ${listNames(only.map(({ name }) => name))} only connect: an application that answers 500 or hangs stays in use`,
      { evidence: only.map(quote), fix: ['option httpchk GET /health'] },
    ),
  ];
}

function expectsSomething(
  sections: readonly EffectiveSection[],
  { file, line, options }: ProxyModel,
): boolean {
  const section = sections.find(({ header }) => header.file === file && header.line === line);
  return (
    options.includes('tcp-check') &&
    section !== undefined &&
    linesWith(section, 'tcp-check', 'expect').length > 0
  );
}

/** Longer than this nobody believes that a dead server is being noticed. */
const SLOW_MS = 60_000;
const ODD_COUNT = 10;

function checkPatience(backends: readonly ProxyModel[], { quote }: Configuration): Remark[] {
  const checked = backends.flatMap(({ name, servers }) =>
    servers.filter(({ check }) => check).map((server) => ({ name, server })),
  );
  const slow = checked.filter(
    ({ server: { fall, interMs } }) => fall >= ODD_COUNT || fall * interMs > SLOW_MS,
  );
  const late = checked.filter(
    ({ server: { rise, interMs, downInterMs = interMs } }) =>
      rise >= ODD_COUNT || rise * downInterMs > SLOW_MS,
  );
  const nervous = checked.filter(({ server: { fall } }) => fall === 1);
  const names = (list: typeof checked) => listNames(list.map(({ name }) => name));
  const lines = (list: typeof checked) => list.map(({ server }) => quote(server));
  return [
    ...(slow.length > 0
      ? [
          remark(
            'warning',
            'fall-odd',
            `a dead server of ${names(slow)} is used for ${seconds(Math.max(...slow.map(({ server }) => server.fall * server.interMs)))} until it counts as down`,
            { evidence: lines(slow), fix: ['inter 2s fall 3'] },
          ),
        ]
      : []),
    ...(late.length > 0
      ? [
          remark(
            'info',
            'rise-odd',
            `a server of ${names(late)} that is well again waits ${seconds(Math.max(...late.map(({ server: { rise, interMs, downInterMs = interMs } }) => rise * downInterMs)))} for its traffic`,
            { evidence: lines(late), fix: ['inter 2s rise 2'] },
          ),
        ]
      : []),
    ...(nervous.length > 0
      ? [
          remark('info', 'fall-odd', `one lost check takes a server of ${names(nervous)} out (fall 1)`, {
            evidence: lines(nervous),
            fix: ['fall 3'],
          }),
        ]
      : []),
  ];
}

function seconds(ms: number): string {
  return ms < 60_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}

/** `observe` counts errors of real traffic. It needs `check`, and by default ten errors make one failed check. */
function checkObserve(backends: readonly ProxyModel[], { quote }: Configuration): Remark[] {
  const observing = backends.flatMap(({ name, servers }) =>
    servers
      .filter(({ effective }) => valueOf(effective, 'observe') !== undefined)
      .map((server) => ({ name, server })),
  );
  const vain = observing.filter(({ server }) => !server.check);
  const mild = observing.filter(
    ({ server }) => server.check && valueOf(server.effective, 'on-error') === undefined && server.fall > 1,
  );
  const of = (list: typeof observing) => ({
    names: listNames(list.map(({ name }) => name)),
    evidence: list.map(({ server }) => quote(server)),
  });
  return [
    ...(vain.length > 0
      ? [
          remark(
            'warning',
            'observe-unused',
            `observe does nothing in ${of(vain).names}: it needs \`check\``,
            {
              evidence: of(vain).evidence,
              fix: ['check observe layer7 on-error mark-down'],
            },
          ),
        ]
      : []),
    ...(mild.length > 0
      ? [
          remark(
            'warning',
            'observe-without-on-error',
            `errors of real traffic hardly ever take a server of ${of(mild).names} out: ten of them make one failed check, and the next good one takes it back`,
            { evidence: of(mild).evidence, fix: ['observe layer7 on-error mark-down'] },
          ),
        ]
      : []),
  ];
}
