import { type ConfigModel, parseConfig, readConfigModel } from '../../../haproxy/cfg/index.ts';
import type {
  AgentFacts,
  CliLevel,
  FileFacts,
  InstanceFacts,
  MachineFacts,
  OldWorker,
  SocketResult,
} from '../facts.ts';

const FILE = 'haproxy.cfg';
const SOCKET = '/run/haproxy/admin.sock';

/**
 * Reads the given part of a `.case` file: one fact a line. What is not said is as it should be.
 *
 *   haproxy 2.6.12 bad del-server-crash, processes 2
 *   socket denied                    or missing, silent, operator, user; then: mode 666 haproxy:haproxy
 *   file /run/b.sock mode 660 root:haproxy        a socket of haproxy.cfg
 *   cli ipv4@0.0.0.0:9999 admin      a line of `show cli sockets`
 *   started without a master         or: started by systemd
 *   master none                      or missing, denied, silent, failed 2
 *   old worker 77, up 3600, 50 MB
 *   server web/web1 flags 32
 *   state file kept at /x/y          or: state file cannot be written
 *   config written later             or: config denied
 *   agent root                       or: agent readOnly, agent backends web*, agent data 755, agent file 666
 */
export function readFacts(given: string, config: string): MachineFacts {
  const lines = given.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const rest = (start: string) =>
    lines.filter((line) => line.startsWith(`${start} `)).map((line) => line.slice(start.length + 1));
  const agentWords = rest('agent');
  const model = readConfigModel([parseConfig(config, { file: FILE })]).model;
  return {
    user: agentWords.includes('root') ? { name: 'root', uid: 0 } : { name: 'hafleet', uid: 999 },
    ...(agentWords.length > 0 && { agent: readAgent(agentWords) }),
    instances: [readInstance(rest, config, model)],
  };
}

type Rest = (start: string) => string[];

function readAgent(words: readonly string[]): AgentFacts {
  const value = (key: string) => words.find((line) => line.startsWith(`${key} `))?.slice(key.length + 1);
  return {
    readOnly: words.includes('readOnly'),
    allow: ['observe', 'servers'],
    backends: (value('backends') ?? '*').split(' '),
    dataFolder: readFile(`/var/lib/hafleet mode ${value('data') ?? '700'} hafleet:hafleet`),
    localFile: readFile(`/etc/hafleet/agent.yaml mode ${value('file') ?? '640'} root:hafleet`),
  };
}

function readInstance(rest: Rest, config: string, model: ConfigModel): InstanceFacts {
  const [version = '3.2.9', ...more] = (rest('haproxy')[0] ?? '3.2.9').split(/[ ,]+/);
  const started = rest('started')[0] ?? 'by systemd';
  const state = rest('state')[0] ?? '';
  const { serverStateFile } = model.global;
  const without = model.proxies
    .filter((one) => one.servers.length > 0 && one.loadServerStateFromFile !== 'global')
    .map(({ name }) => name);
  const kept = /^file kept at (\S+)/.exec(state)?.[1];
  const written = rest('config')[0];
  const cli = rest('cli').map((line) => line.split(' '));
  return {
    name: 'http',
    socket: readSocket(rest('socket')[0] ?? 'ok'),
    worker: {
      version,
      pid: 100,
      startedAtMs: 1_000_000,
      knownBad: more.filter((_, at) => more[at - 1] === 'bad'),
      processes: Number(more[more.indexOf('processes') + 1] ?? 1) || 1,
    },
    cliSockets: [[`unix@${SOCKET}`, 'admin'], ...cli].map(([address = '', level]) => ({
      address,
      level: toLevel(level),
    })),
    socketFiles: new Map(rest('file').map((line) => [line.split(' ')[0] ?? '', readFile(line)])),
    commandLine: { masterWorker: started !== 'without a master', systemd: started === 'by systemd' },
    master: readMaster(rest('master')[0] ?? 'ok'),
    oldWorkers: rest('old').map(readOldWorker),
    config:
      written === 'denied'
        ? { unreadable: `${FILE}: EACCES`, isDenied: true }
        : {
            trees: [parseConfig(config, { file: FILE })],
            model,
            modifiedAtMs: written === undefined ? 0 : 9_000_000,
          },
    servers: rest('server').map((line) => {
      const [name = '', , flags] = line.split(' ');
      const [backend = '', server = ''] = name.split('/');
      return { backend, server, adminFlags: Number(flags) };
    }),
    stateFile: {
      without,
      ...(serverStateFile !== undefined && { loaded: serverStateFile, kept: kept ?? serverStateFile }),
      ...(kept !== undefined && { kept }),
      canReplace: !state.includes('cannot be written'),
    },
  };
}

const RESULTS: readonly SocketResult[] = ['denied', 'missing', 'silent'];

function readSocket(line: string): InstanceFacts['socket'] {
  const words = line.split(' ');
  const result = RESULTS.find((one) => words.includes(one)) ?? 'ok';
  const file = readFile(`${SOCKET} ${words.slice(words.indexOf('mode')).join(' ')}`);
  return {
    address: SOCKET,
    result,
    ...(result === 'ok' && { level: toLevel(words[0]) }),
    file: words.includes('mode') ? file : readFile(`${SOCKET} mode 660 root:haproxy`),
  };
}

function toLevel(word: string | undefined): CliLevel {
  return word === 'user' || word === 'operator' ? word : 'admin';
}

function readMaster(line: string): InstanceFacts['master'] {
  if (line === 'none') return { result: 'none' };
  const result = RESULTS.find((one) => one === line) ?? 'ok';
  const failed = /^failed (\d+)/.exec(line)?.[1];
  return { address: '/run/haproxy-master.sock', result, failedReloads: Number(failed ?? 0) };
}

function readOldWorker(line: string): OldWorker {
  const [, pid, uptime, megabytes] = /^worker (\d+), up (\d+), (\d+) MB/.exec(line) ?? [];
  return { pid: Number(pid), uptimeSeconds: Number(uptime), memoryBytes: Number(megabytes) * 1024 ** 2 };
}

/** `PATH mode 660 root:haproxy` */
function readFile(line: string): FileFacts {
  const [path = '', , mode = '', ownership = ''] = line.split(' ');
  const [owner = '', group = ''] = ownership.split(':');
  return { path, mode: Number.parseInt(mode, 8), owner, group };
}
