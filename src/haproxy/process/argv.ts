import { basename } from 'node:path';

/** What a HAProxy command line says. Paths are as written: relative ones count from `-C`, else from the working folder. */
export interface HaproxyArguments {
  readonly executable: string;
  /** Files and folders of `-f` and after `--`, in order. */
  readonly configs: readonly string[];
  /** `-W` or `-Ws`; `master-worker` in the file counts too and stands there. */
  readonly masterWorker: boolean;
  /** `-Ws`: started by a systemd unit. */
  readonly systemd: boolean;
  /** The address of each `-S`, without its bind options. */
  readonly masterSockets: readonly string[];
  readonly pidFile?: string;
  readonly folder?: string;
  /** `-c`: only checks its configuration and ends. */
  readonly checkOnly: boolean;
}

/** Options that take the next word. The pids behind `-sf` and `-st` begin with no dash and are passed over. */
const WITH_VALUE = new Set(['-f', '-S', '-p', '-C', '-L', '-n', '-N', '-m', '-x']);

/**
 * Reads the words of /proc/PID/cmdline; undefined for what is not HAProxy. The name of the process does not tell: under a loader
 * (`ld.so … usr/sbin/haproxy -W …`) it is the loader's.
 */
export function parseArguments(argv: readonly string[]): HaproxyArguments | undefined {
  const at = executableIndex(argv);
  if (at < 0) return undefined;
  const options = readOptions(argv.slice(at + 1));
  const all = (name: string) => options.filter((one) => one.name === name).map((one) => one.value);
  const has = (name: string) => options.some((one) => one.name === name);
  const [pidFile, folder] = [all('-p').at(-1), all('-C').at(-1)];
  return {
    executable: argv[at] ?? '',
    configs: [...all('-f'), ...all('--')],
    masterWorker: has('-W') || has('-Ws'),
    systemd: has('-Ws'),
    masterSockets: all('-S').map((address) => address.split(',', 1)[0] ?? ''),
    ...(pidFile !== undefined && { pidFile }),
    ...(folder !== undefined && { folder }),
    checkOnly: has('-c') || has('-v') || has('-vv'),
  };
}

function isHaproxy(word: string): boolean {
  return /^haproxy(?:[-_]?\d.*)?$/.test(basename(word));
}

function isLoader(word: string): boolean {
  return /^ld(?:-linux[^/]*)?\.so/.test(basename(word));
}

/** Behind a loader: the last word that names a haproxy before HAProxy's own options begin. */
function executableIndex(argv: readonly string[]): number {
  const [first] = argv;
  if (first === undefined) return -1;
  if (isHaproxy(first)) return 0;
  if (!isLoader(first)) return -1;
  let at = 1;
  while (argv[at]?.startsWith('--')) at += 2;
  const word = argv[at];
  return word !== undefined && isHaproxy(word) ? at : -1;
}

interface Option {
  readonly name: string;
  readonly value: string;
}

function readOptions(words: readonly string[]): Option[] {
  const found: Option[] = [];
  for (let at = 0; at < words.length; at++) {
    const name = words[at] ?? '';
    if (name === '--') return [...found, ...words.slice(at + 1).map((value) => ({ name, value }))];
    if (!name.startsWith('-')) continue;
    const takesNext = WITH_VALUE.has(name);
    found.push({ name, value: takesNext ? (words[at + 1] ?? '') : '' });
    if (takesNext) at++;
  }
  return found;
}
