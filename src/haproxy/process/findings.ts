import type { ConfigModel, StatsSocket } from '../cfg/index.ts';
import type { CliLevel } from '../runtime/index.ts';
import type { HaproxyArguments } from './argv.ts';
import { type StateFileUse } from './state-file-lines.ts';

/** How a socket answered to this user. */
export interface SocketProbe {
  readonly address: string;
  readonly result: 'ok' | 'denied' | 'missing' | 'silent';
  /** As HAProxy said it; undefined where it did not answer. */
  readonly level?: CliLevel;
  /** The group that owns the socket, by name where the machine knows one. */
  readonly group?: string;
}

export type FindingCode =
  | 'config-unreadable'
  | 'no-stats-socket'
  | 'level-too-low'
  | 'no-permission'
  | 'socket-silent'
  | 'no-master-socket'
  | 'not-master-worker'
  | 'no-state-file';

/** One thing that stands in the way, and in the same sentence what would remove it. */
export interface Finding {
  readonly code: FindingCode;
  /** True where operating servers does not work without it. */
  readonly blocks: boolean;
  readonly message: string;
}

export interface FindingInput {
  readonly arguments: HaproxyArguments;
  readonly configFile: string;
  readonly model: ConfigModel;
  /** In the order of the model's stats sockets. */
  readonly probes: readonly SocketProbe[];
  readonly stateFile: StateFileUse;
  /** The user that asks, for the command that would help. */
  readonly user: string;
}

export function findObstacles(input: FindingInput): Finding[] {
  return [...socketFindings(input), ...masterFindings(input), ...stateFileFindings(input)];
}

function socketFindings({ model, probes, configFile, user }: FindingInput): Finding[] {
  const sockets = model.global.statsSockets;
  if (sockets.length === 0)
    return [
      block(
        'no-stats-socket',
        `${configFile} has no stats socket: add \`stats socket /run/haproxy/admin.sock mode 660 level admin\` to its global section and reload HAProxy.`,
      ),
    ];
  if (probes.some(({ result, level }) => result === 'ok' && level === 'admin')) return [];
  return probes.map((probe, at) => socketFinding(probe, sockets[at], user));
}

function socketFinding(probe: SocketProbe, socket: StatsSocket | undefined, user: string): Finding {
  const { address, result, level = 'user', group } = probe;
  if (result === 'denied')
    return block(
      'no-permission',
      group === undefined || group === 'root'
        ? `${user} may not open ${address}: give its line in haproxy.cfg \`mode 660\` and a \`group\` that ${user} is in, and reload HAProxy.`
        : `${user} may not open ${address}: add ${user} to group ${group} (\`usermod -aG ${group} ${user}\`) and start hafleet anew.`,
    );
  if (result === 'ok') {
    const place = socket ? `on line ${socket.line} of ${socket.file}` : 'in haproxy.cfg';
    return block(
      'level-too-low',
      `${address} has level ${level}, so servers can be seen but not changed: write \`level admin\` ${place} and reload HAProxy.`,
    );
  }
  return block(
    'socket-silent',
    result === 'missing'
      ? `${address} stands in haproxy.cfg but does not exist: reload HAProxy so that it makes the socket.`
      : `${address} does not answer: look whether HAProxy hangs or all connections of the socket are taken.`,
  );
}

function masterFindings({
  arguments: { masterSockets, masterWorker, systemd },
  model,
}: FindingInput): Finding[] {
  if (masterSockets.length > 0) return [];
  if (!masterWorker && !model.global.masterWorker)
    return [
      advise(
        'not-master-worker',
        'HAProxy runs without a master: start it with `-W -S /run/haproxy-master.sock`; this needs a restart, not a reload.',
      ),
    ];
  return [
    advise(
      'no-master-socket',
      systemd
        ? 'HAProxy has no master socket, the second way in: add `-S /run/haproxy-master.sock` to ExecStart of its systemd unit (`systemctl edit haproxy`); this needs a restart, not a reload.'
        : 'HAProxy has no master socket, the second way in: start it with `-S /run/haproxy-master.sock`; this needs a restart, not a reload.',
    ),
  ];
}

function stateFileFindings({ stateFile: { path, without }, configFile }: FindingInput): Finding[] {
  const lines = [
    ...(path === undefined ? ['`server-state-file /var/lib/haproxy/server-state` to global'] : []),
    ...(without.length > 0 ? ['`load-server-state-from-file global` to defaults'] : []),
  ];
  if (lines.length === 0) return [];
  return [
    advise(
      'no-state-file',
      `A reload forgets maint, drain and health: add ${lines.join(' and ')} in ${configFile}, and reload HAProxy.`,
    ),
  ];
}

export function block(code: FindingCode, message: string): Finding {
  return { code, blocks: true, message };
}

function advise(code: FindingCode, message: string): Finding {
  return { code, blocks: false, message };
}
