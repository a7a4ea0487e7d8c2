import { createDiagnostic } from '../diagnostic.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { parseServerAddress } from './address.ts';
import type { ServerAddress } from './address.ts';
import type { ServerModel, ServerTemplate } from './model.ts';
import { applyServerWords, settingOf, wordsOf } from './server-keywords.ts';
import type { ServerSettings } from './server-keywords.ts';
import { placeOf } from './statements.ts';
import type { Statement } from './statements.ts';
import { parseTimeMs } from './time.ts';

/** More slots than this on one server-template line is taken for a slip of the pen. */
const MAX_SLOTS = 65_536;

/** The servers of a `server` or `server-template` line; what is wrong with it goes to `found`. */
export function readServers(
  statement: Statement,
  defaults: ServerSettings,
  found: Diagnostic[],
): ServerModel[] {
  return statement.words[0] === 'server-template'
    ? readTemplate(statement, defaults, found)
    : readServer(statement, defaults, found);
}

function readServer(statement: Statement, defaults: ServerSettings, found: Diagnostic[]): ServerModel[] {
  const { 1: name, 2: address } = statement.words;
  const keywords = statement.words.slice(3);
  if (name === undefined || address === undefined) return refuseAddress(statement, found);
  return [createServer(statement, { name, address, keywords, defaults }, found)];
}

function readTemplate(statement: Statement, defaults: ServerSettings, found: Diagnostic[]): ServerModel[] {
  const [, prefix, range = '', address, ...keywords] = statement.words;
  if (prefix === undefined || address === undefined) return refuseAddress(statement, found);
  const template = readRange(prefix, range);
  if (!template) {
    found.push(
      createDiagnostic(
        'bad-server-range',
        placeOf(statement),
        `'${range}' is no count and no range such as 1-5`,
      ),
    );
    return [];
  }
  const slot = createServer(statement, { name: prefix, address, keywords, defaults }, found);
  const { id, ...withoutId } = slot;
  return Array.from({ length: template.last - template.first + 1 }, (_, index) => ({
    // The id of the line goes to the first slot alone (2.6 and 3.2).
    ...(index === 0 && id !== undefined ? slot : withoutId),
    name: `${prefix}${template.first + index}`,
    template,
  }));
}

function readRange(prefix: string, range: string): ServerTemplate | undefined {
  const match = /^(?:(\d+)-)?(\d+)$/.exec(range);
  if (!match) return undefined;
  const [first, last] = [Number(match[1] ?? 1), Number(match[2])];
  return last >= first && last - first < MAX_SLOTS ? { prefix, first, last } : undefined;
}

function refuseAddress(statement: Statement, found: Diagnostic[]): ServerModel[] {
  const form = statement.words[0] === 'server' ? 'a name and an address' : 'a prefix, a range and an address';
  found.push(
    createDiagnostic('missing-server-address', placeOf(statement), `'${statement.words[0]}' needs ${form}`),
  );
  return [];
}

interface ServerWords {
  readonly name: string;
  readonly address: string;
  readonly keywords: readonly string[];
  readonly defaults: ServerSettings;
}

type Draft = { -readonly [Key in keyof ServerModel]: ServerModel[Key] };

/** Written field by field: with thousands of servers, merging small objects is what costs. */
function createServer(
  statement: Statement,
  { name, address, keywords, defaults }: ServerWords,
  found: Diagnostic[],
): ServerModel {
  const settings = applyServerWords(defaults, keywords);
  const value = (keyword: string) => settingOf(settings, keyword);
  const time = (keyword: string) => timeOf(statement, { keyword, text: value(keyword) }, found);
  const parsed = parseServerAddress(address);
  const draft: Draft = {
    name,
    rawAddress: address,
    host: parsed.host,
    isLiteralIp: parsed.isLiteralIp,
    backup: value('backup') !== undefined,
    disabled: value('disabled') !== undefined,
    check: value('check') !== undefined,
    agentCheck: value('agent-check') !== undefined,
    interMs: time('inter') ?? 2000,
    rise: countOf(value('rise')) ?? 2,
    fall: countOf(value('fall')) ?? 3,
    keywords,
    effective: wordsOf(settings),
    hasVariables: statement.hasVariables,
    file: statement.file,
    line: statement.line,
    conditional: statement.conditional,
  };
  setOptional(draft, parsed, value);
  setIntervals(draft, time('fastinter'), time('downinter'));
  return draft;
}

/** Absent rather than undefined, so that the model is the same after a trip through JSON. */
function setOptional(
  draft: Draft,
  { port, portText, unixPath }: ServerAddress,
  value: (keyword: string) => string | undefined,
): void {
  const id = countOf(value('id'));
  const weight = countOf(value('weight'));
  const track = value('track');
  const cookie = value('cookie');
  if (port !== undefined) draft.port = port;
  if (portText !== undefined) draft.portText = portText;
  if (unixPath !== undefined) draft.unixPath = unixPath;
  if (id !== undefined) draft.id = id;
  if (weight !== undefined) draft.weight = weight;
  if (track !== undefined) draft.track = track;
  if (cookie !== undefined) draft.cookie = cookie;
}

function setIntervals(draft: Draft, fastInterMs: number | undefined, downInterMs: number | undefined): void {
  if (fastInterMs !== undefined) draft.fastInterMs = fastInterMs;
  if (downInterMs !== undefined) draft.downInterMs = downInterMs;
}

function countOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** HAProxy refuses a check interval of 0 and a time it cannot read. */
function timeOf(
  statement: Statement,
  { keyword, text }: { readonly keyword: string; readonly text: string | undefined },
  found: Diagnostic[],
): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseTimeMs(text);
  const isBad = (ms === undefined && !text.includes('$')) || ms === 0;
  if (isBad)
    found.push(createDiagnostic('bad-time', placeOf(statement), `'${keyword} ${text}' is no interval`));
  return isBad ? undefined : ms;
}
