import type { CliLevel, GlobalModel, StatsSocket } from './model.ts';
import type { ActiveSection, Statement } from './statements.ts';
import { parseTimeMs } from './time.ts';

type Draft = { -readonly [Key in keyof GlobalModel]: GlobalModel[Key] } & { statsSockets: StatsSocket[] };

/** Merges all `global` sections; the last word on a matter wins, stats sockets add up. */
export function readGlobal(sections: readonly ActiveSection[]): GlobalModel {
  const draft: Draft = { line: 0, masterWorker: false, statsSockets: [] };
  for (const section of sections) {
    if (section.keyword !== 'global') continue;
    draft.line ||= section.header.line;
    for (const statement of section.statements) readLine(draft, statement);
  }
  return draft;
}

const READERS: Readonly<Record<string, (draft: Draft, words: readonly string[]) => void>> = {
  'master-worker': (draft) => (draft.masterWorker = true),
  node: (draft, [name = '']) => (draft.node = name),
  description: (draft, words) => (draft.description = words.join(' ')),
  localpeer: (draft, [name = '']) => (draft.localpeer = name),
  'server-state-base': (draft, [path = '']) => (draft.serverStateBase = path),
  'server-state-file': (draft, [path = '']) => (draft.serverStateFile = path),
  'default-path': (draft, words) => (draft.defaultPath = words),
  nbthread: (draft, [count]) => setNumber(draft, 'nbthread', toCount(count)),
  'tune.bufsize': (draft, [size]) => setNumber(draft, 'tuneBufsize', toCount(size)),
  'hard-stop-after': (draft, [time = '']) => setNumber(draft, 'hardStopAfterMs', parseTimeMs(time)),
};

function readLine(draft: Draft, statement: Statement): void {
  const [keyword = '', ...rest] = statement.words;
  if (keyword === 'stats') readStats(draft, statement);
  else if (Object.hasOwn(READERS, keyword)) READERS[keyword]?.(draft, rest);
}

function readStats(draft: Draft, statement: Statement): void {
  const [, kind, value = ''] = statement.words;
  if (kind === 'timeout') setNumber(draft, 'statsTimeoutMs', parseTimeMs(value));
  if (kind === 'socket' && value !== '') draft.statsSockets.push(readSocket(statement));
}

function readSocket({ words, file, line, conditional }: Statement): StatsSocket {
  const parameters = readParameters(words.slice(3));
  const [mode, user, group, process] = ['mode', 'user', 'group', 'process'].map((key) => parameters.get(key));
  return {
    address: words[2] ?? '',
    level: toLevel(parameters.get('level')),
    ...(mode !== undefined && { mode }),
    ...(user !== undefined && { user }),
    ...(group !== undefined && { group }),
    exposeFdListeners: parameters.get('expose-fd') === 'listeners',
    ...(process !== undefined && { process }),
    file,
    line,
    conditional,
  };
}

const WITH_VALUE = new Set(
  'backlog expose-fd gid group id interface level maxconn mode name namespace process severity-output thread uid user'.split(
    ' ',
  ),
);

/** In order, so that `level user` is not taken for a `user`. */
function readParameters(words: readonly string[]): Map<string, string> {
  const parameters = new Map<string, string>();
  for (let at = 0; at < words.length; at++) {
    const keyword = words[at] ?? '';
    if (WITH_VALUE.has(keyword)) parameters.set(keyword, words[++at] ?? '');
  }
  return parameters;
}

function toLevel(word: string | undefined): CliLevel {
  return word === 'user' || word === 'admin' ? word : 'operator';
}

function toCount(text = ''): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

function setNumber(
  draft: Draft,
  key: 'nbthread' | 'tuneBufsize' | 'hardStopAfterMs' | 'statsTimeoutMs',
  value: number | undefined,
): void {
  if (value !== undefined) draft[key] = value;
}
