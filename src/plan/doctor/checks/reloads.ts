import { parseTimeMs } from '../../../haproxy/cfg/index.ts';
import { type Configuration, globalLines, proxyLines, quoteLine } from '../config-lines.ts';
import type { InstanceFacts } from '../facts.ts';
import { type Remark, plural, remark } from '../finding.ts';
import { describeFile } from './sockets.ts';

/** What a reload does to connections, and what it leaves behind. */
export function checkReloads(facts: InstanceFacts, config: Configuration | undefined): Remark[] {
  return [
    ...checkHandOver(facts, config),
    ...checkMaster(facts, config),
    ...checkOldWorkers(facts),
    ...(config
      ? [...checkProcesses(facts, config), ...checkHardStop(config), ...checkLoaded(facts, config)]
      : []),
  ];
}

/** A master passes the listening sockets by itself; without one the new process asks the old one's stats socket for them (-x). */
function checkHandOver({ commandLine }: InstanceFacts, config: Configuration | undefined): Remark[] {
  if (!commandLine || !config) return [];
  const { global } = config.model;
  if (commandLine.masterWorker || global.masterWorker)
    return [remark('ok', 'reload-sockets', 'reloads pass the listening sockets on')];
  if (global.statsSockets.some(({ exposeFdListeners }) => exposeFdListeners))
    return [
      remark('info', 'reload-sockets', 'HAProxy runs without a master: each reload has to say `-x SOCKET`', {
        evidence: global.statsSockets.map(config.quote),
      }),
    ];
  const [socket] = global.statsSockets;
  return [
    remark(
      'warning',
      'reload-sockets',
      'a reload resets connections: there is no master, and no stats socket with `expose-fd listeners`',
      {
        evidence: ['command line: no -W or -Ws', ...global.statsSockets.map(config.quote)],
        fix: [
          'start it with `-Ws -S /run/haproxy-master.sock`; this needs a restart',
          `or stats socket ${socket?.address ?? '/run/haproxy/admin.sock'} mode 660 level admin expose-fd listeners, and reload with -x`,
        ],
      },
    ),
  ];
}

function checkMaster(
  { commandLine, master: { result, address = '', failedReloads, file } }: InstanceFacts,
  config: Configuration | undefined,
): Remark[] {
  if (result === 'none') {
    const isMaster = commandLine?.masterWorker === true || config?.model.global.masterWorker === true;
    if (!isMaster) return [];
    const unit = commandLine?.systemd === true ? ' in ExecStart (`systemctl edit haproxy`)' : '';
    return [
      remark('info', 'master-socket', 'there is no master socket, the second way in', {
        fix: [`-S /run/haproxy-master.sock${unit}; this needs a restart`],
      }),
    ];
  }
  if (result !== 'ok')
    return [
      remark('warning', 'master-socket', `the master socket ${address} does not answer: ${WHY[result]}`, {
        evidence: file ? [describeFile(file)] : [],
        fix: ['look at `-S` on the command line of HAProxy, and at the owner of that file'],
      }),
    ];
  return [
    remark('ok', 'master-socket', 'master socket answers'),
    ...(failedReloads !== undefined && failedReloads > 0
      ? [
          remark(
            'warning',
            'failed-reload',
            'the last reload failed: HAProxy still runs the configuration before it',
            {
              evidence: [`show proc: failed: ${failedReloads}`],
              fix: ['haproxy -c -f /etc/haproxy/haproxy.cfg', 'systemctl reload haproxy'],
            },
          ),
        ]
      : []),
  ];
}

const WHY = { denied: 'no permission', missing: 'it is not there', silent: 'silence' } as const;

const MANY_OLD_WORKERS = 3;
const MUCH_MEMORY = 1024 ** 3;

function checkOldWorkers({ oldWorkers, master: { result } }: InstanceFacts): Remark[] {
  if (oldWorkers.length === 0) return result === 'ok' ? [remark('ok', 'old-workers', 'no old workers')] : [];
  const memory = oldWorkers.reduce((sum, { memoryBytes = 0 }) => sum + memoryBytes, 0);
  const isMany = oldWorkers.length >= MANY_OLD_WORKERS || memory >= MUCH_MEMORY;
  const size = memory > 0 ? `, ${megabytes(memory)} together` : '';
  return [
    remark(
      isMany ? 'warning' : 'info',
      'old-workers',
      `${plural(oldWorkers.length, 'old worker')} still serve${oldWorkers.length === 1 ? 's' : ''} connections from before a reload${size}`,
      {
        evidence: oldWorkers.map(
          ({ pid, uptimeSeconds, memoryBytes }) =>
            `old worker ${pid}${uptimeSeconds === undefined ? '' : `, up ${uptimeSeconds} s`}${memoryBytes === undefined ? '' : `, VmRSS ${megabytes(memoryBytes)}`}`,
        ),
        fix: isMany ? ['hard-stop-after 1h'] : [],
      },
    ),
  ];
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MB`;
}

/** Before 2.5. Each process has servers, checks and tables of its own, and a socket talks to one of them. */
function checkProcesses({ worker }: InstanceFacts, config: Configuration): Remark[] {
  const line = globalLines(config, 'nbproc').find(({ words }) => Number(words[1]) > 1);
  if (!line && (worker?.processes ?? 1) < 2) return [];
  return [
    remark(
      'critical',
      'several-processes',
      'HAProxy runs as several processes, and a stats socket changes one of them',
      {
        evidence: [
          ...(worker ? [`show info: Nbproc: ${worker.processes}`] : []),
          ...(line ? [quoteLine(line)] : []),
        ],
        fix: ['nbthread in place of nbproc'],
      },
    ),
  ];
}

/** From here on somebody keeps an old worker for long. */
const LONG_TUNNEL_MS = 600_000;

function checkHardStop(config: Configuration): Remark[] {
  if (config.model.global.hardStopAfterMs !== undefined) return [];
  const long = proxyLines(config, 'timeout', 'tunnel').filter(
    ({ words }) => (parseTimeMs(words[2] ?? '') ?? 0) >= LONG_TUNNEL_MS,
  );
  if (long.length === 0) return [];
  return [
    remark(
      'warning',
      'hard-stop-after',
      'tunnels may keep old workers and their memory after every reload: there is no hard-stop-after',
      { evidence: long.map(quoteLine), fix: ['hard-stop-after 1h'] },
    ),
  ];
}

/** File systems and /proc count in other steps. */
const SLACK_MS = 2_000;

/** What stands in the file need not be what runs. */
function checkLoaded({ worker }: InstanceFacts, { modifiedAtMs, trees }: Configuration): Remark[] {
  if (!worker || modifiedAtMs <= worker.startedAtMs + SLACK_MS) return [];
  return [
    remark(
      'info',
      'config-not-loaded',
      'haproxy.cfg was written after HAProxy loaded it: what is said about its lines comes with the next reload',
      { evidence: trees.map(({ file }) => file) },
    ),
  ];
}
