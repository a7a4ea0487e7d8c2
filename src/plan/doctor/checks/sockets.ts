import { type Configuration, globalLines, quoteLine } from '../config-lines.ts';
import type { CliLevel, FileFacts, InstanceFacts, MachineFacts } from '../facts.ts';
import { type Remark, plural, remark } from '../finding.ts';

/** The CLI of HAProxy: whether we get in, and who else does. */
export function checkSockets(
  facts: InstanceFacts,
  config: Configuration | undefined,
  machine: MachineFacts,
): Remark[] {
  return [
    ...checkAccess(facts, config, machine),
    ...checkFiles(facts, config),
    ...checkNetwork(facts, config),
    ...(config ? checkLimits(config) : []),
  ];
}

function checkAccess(
  { socket: { address, result, level, file } }: InstanceFacts,
  config: Configuration | undefined,
  { user, agent }: MachineFacts,
): Remark[] {
  const line = config?.model.global.statsSockets.find((one) => one.address.endsWith(address));
  const quoted = line && config ? [config.quote(line)] : [];
  if (result === 'denied')
    return [
      remark('critical', 'socket-access', `${user.name} may not open ${address}`, {
        evidence: [...quoted, ...(file ? [describeFile(file)] : [])],
        fix:
          file?.group === undefined || file.group === 'root'
            ? [
                `stats socket ${address} mode 660 level admin group haproxy`,
                `usermod -aG haproxy ${user.name}`,
              ]
            : [`usermod -aG ${file.group} ${user.name}`],
      }),
    ];
  if (result === 'missing')
    return [
      remark('critical', 'socket-access', `${address} does not exist, or nothing listens on it`, {
        evidence: quoted,
        fix: [`stats socket ${address} mode 660 level admin`, 'systemctl reload haproxy'],
      }),
    ];
  if (result === 'silent')
    return [
      remark('unknown', 'socket-access', `HAProxy does not answer on ${address}`, {
        evidence: quoted,
        fix: ['look whether HAProxy hangs, or all connections of the socket are taken (`stats maxconn`)'],
      }),
    ];
  const evidence = [`show cli level: ${level ?? 'unknown'}`, ...quoted];
  if (level === 'admin' || level === undefined)
    return [remark('ok', 'socket-access', 'stats socket admin', { evidence })];
  const wantsLess = agent?.readOnly === true && level === 'operator';
  return [
    remark(
      wantsLess ? 'info' : 'critical',
      'socket-level',
      `${address} has level ${level}: servers can be seen but not changed`,
      {
        evidence,
        fix: wantsLess
          ? []
          : [socketLine({ address, quoted, word: 'level', value: 'admin' }), 'systemctl reload haproxy'],
      },
    ),
  ];
}

interface SocketLine {
  readonly address: string;
  /** The line as it stands, where it is known. */
  readonly quoted: readonly string[];
  readonly word: 'level' | 'mode';
  readonly value: string;
}

/** The line of haproxy.cfg with one word changed. */
function socketLine({ address, quoted: [quoted], word, value }: SocketLine): string {
  const line = quoted?.replace(/^.*:\d+: /, '');
  if (line === undefined) return `stats socket ${address} mode 660 level admin`;
  const has = new RegExp(` ${word} \\S+`);
  return has.test(line) ? line.replace(has, ` ${word} ${value}`) : `${line} ${word} ${value}`;
}

interface SocketFile {
  readonly what: string;
  readonly level: CliLevel | undefined;
  readonly file: FileFacts;
  readonly quoted: readonly string[];
}

function checkFiles(facts: InstanceFacts, config: Configuration | undefined): Remark[] {
  // What is left of a HAProxy that is gone lets nobody in.
  const files = facts.socket.result === 'missing' ? [] : socketFiles(facts, config);
  const seen = files.filter(({ file: { mode } }) => mode !== undefined);
  const open = seen.filter(({ file: { mode = 0 } }) => (mode & 0o002) !== 0);
  if (seen.length > 0 && open.length === 0)
    return [
      remark('ok', 'socket-open', 'sockets closed to other users', {
        evidence: seen.map(({ file }) => describeFile(file)),
      }),
    ];
  return open.map(({ what, level, file, quoted }) =>
    remark(
      level === 'user' ? 'warning' : 'critical',
      'socket-open',
      level === 'user'
        ? `every user of the machine may read the ${what} ${file.path}`
        : `every user of the machine may operate HAProxy through the ${what} ${file.path}`,
      {
        evidence: [describeFile(file), ...quoted],
        fix:
          what === 'master socket'
            ? [`-S ${file.path},mode,660`, 'systemctl restart haproxy']
            : [
                socketLine({ address: file.path, quoted, word: 'mode', value: '660' }),
                'systemctl reload haproxy',
              ],
      },
    ),
  );
}

function socketFiles(
  { socket, socketFiles: byAddress, master }: InstanceFacts,
  config: Configuration | undefined,
): SocketFile[] {
  const found: SocketFile[] = [];
  for (const line of config?.model.global.statsSockets ?? []) {
    const file = byAddress.get(line.address);
    if (file)
      found.push({ what: 'stats socket', level: line.level, file, quoted: [config?.quote(line) ?? ''] });
  }
  if (socket.file && !found.some(({ file }) => file.path === socket.file?.path))
    found.push({ what: 'stats socket', level: socket.level, file: socket.file, quoted: [] });
  if (master.file) found.push({ what: 'master socket', level: undefined, file: master.file, quoted: [] });
  return found;
}

export function describeFile({ path, mode, owner, group }: FileFacts): string {
  if (mode === undefined) return `stat ${path}: not there`;
  return `stat ${path}: mode ${mode.toString(8).padStart(3, '0')} ${owner ?? '?'}:${group ?? '?'}`;
}

/** The CLI knows no password: whoever reaches the port is in. */
function checkNetwork({ cliSockets }: InstanceFacts, config: Configuration | undefined): Remark[] {
  const ports = cliSockets.filter(({ address }) => /^ipv[46]@/.test(address));
  if (ports.length === 0 && cliSockets.length > 0)
    return [
      remark('ok', 'socket-network', 'no admin port on the network', {
        evidence: cliSockets.map(({ address, level }) => `show cli sockets: ${address} ${level}`),
      }),
    ];
  return ports.map(({ address, level }) => {
    const bare = address.replace(/^ipv[46]@/, '');
    const port = bare.slice(bare.lastIndexOf(':') + 1);
    const line = config?.model.global.statsSockets.find((one) => one.address.endsWith(`:${port}`));
    const isLocal = isLoopback(bare);
    const who = isLocal ? 'every user of the machine' : 'everybody on the network';
    return remark(
      level === 'user' || isLocal ? 'warning' : 'critical',
      'socket-network',
      level === 'user'
        ? `${who} may read HAProxy on ${bare}, with no password`
        : `${who} may operate HAProxy on ${bare}, with no password`,
      {
        evidence: [`show cli sockets: ${address} ${level}`, ...(line && config ? [config.quote(line)] : [])],
        fix: ['stats socket /run/haproxy/admin.sock mode 660 level admin', 'systemctl reload haproxy'],
      },
    );
  });
}

/** Of `host:port`. An empty host, `*`, `0.0.0.0` and `::` are every address. */
export function isLoopback(address: string): boolean {
  const host = address.slice(0, address.lastIndexOf(':')).replaceAll(/[[\]]/g, '');
  return /^127\.\d+\.\d+\.\d+$/.test(host) || host === '::1' || host === 'localhost';
}

/** The agent keeps a connection, opens a second, and leaves the others to people and scripts. */
const FEW_CONNECTIONS = 5;
/** The agent asks once a second on its kept connection. */
const SHORT_TIMEOUT_MS = 2_000;

function checkLimits(config: Configuration): Remark[] {
  const maxconn = globalLines(config, 'stats', 'maxconn').at(-1);
  const count = Number(maxconn?.words[2] ?? Number.NaN);
  const timeout = globalLines(config, 'stats', 'timeout').at(-1);
  const { statsTimeoutMs } = config.model.global;
  return [
    ...(maxconn && count < FEW_CONNECTIONS
      ? [
          remark(
            'warning',
            'socket-limits',
            `the stats socket takes ${plural(count, 'connection')} at a time: the next one gets no answer`,
            { evidence: [quoteLine(maxconn)], fix: ['stats maxconn 10'] },
          ),
        ]
      : []),
    ...(timeout && statsTimeoutMs !== undefined && statsTimeoutMs < SHORT_TIMEOUT_MS
      ? [
          remark(
            'warning',
            'socket-limits',
            'the stats socket ends connections that are silent for less than two seconds',
            { evidence: [quoteLine(timeout)], fix: ['stats timeout 30s'] },
          ),
        ]
      : []),
  ];
}
