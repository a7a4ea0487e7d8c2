import { createDiagnostic } from '../diagnostic.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { parseServerAddress } from './address.ts';
import type { ServerAddress } from './address.ts';
import type { ServerModel, ServerTemplate } from './model.ts';
import type { ServerSettings } from './server-keywords.ts';
import type { Profiles, ServerProfile } from './server-profile.ts';
import { placeOf } from './statements.ts';
import type { Statement } from './statements.ts';

/** More slots than this on one server-template line is taken for a slip of the pen. */
const MAX_SLOTS = 65_536;

export interface ServerContext {
  /** What `default-server` lines left behind up to here. */
  readonly defaults: ServerSettings;
  readonly profiles: Profiles;
  readonly found: Diagnostic[];
}

/** The servers of a `server` or `server-template` line; what is wrong with it goes to `context.found`. */
export function readServers(statement: Statement, context: ServerContext): ServerModel[] {
  return statement.words[0] === 'server-template'
    ? readTemplate(statement, context)
    : readServer(statement, context);
}

function readServer(statement: Statement, context: ServerContext): ServerModel[] {
  const { 1: name, 2: address } = statement.words;
  const keywords = statement.words.slice(3);
  if (name === undefined || address === undefined) return refuseAddress(statement, context.found);
  return [createServer(statement, { name, address, keywords }, context)];
}

function readTemplate(statement: Statement, context: ServerContext): ServerModel[] {
  const [, prefix, range = '', address, ...keywords] = statement.words;
  if (prefix === undefined || address === undefined) return refuseAddress(statement, context.found);
  const template = readRange(prefix, range);
  if (!template) {
    context.found.push(
      createDiagnostic(
        'bad-server-range',
        placeOf(statement),
        `'${range}' is no count and no range such as 1-5`,
      ),
    );
    return [];
  }
  const slot = createServer(statement, { name: prefix, address, keywords }, context);
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
}

function createServer(
  statement: Statement,
  { name, address, keywords }: ServerWords,
  { defaults, profiles, found }: ServerContext,
): ServerModel {
  const { file, line, conditional, hasVariables } = statement;
  const { part, badTimes } = profiles(defaults, keywords);
  for (const time of badTimes)
    found.push(createDiagnostic('bad-time', placeOf(statement), `'${time}' is no interval`));
  const parsed = parseServerAddress(address);
  const server: Draft = {
    name,
    rawAddress: address,
    host: parsed.host,
    isLiteralIp: parsed.isLiteralIp,
    backup: part.backup,
    disabled: part.disabled,
    check: part.check,
    agentCheck: part.agentCheck,
    interMs: part.interMs,
    rise: part.rise,
    fall: part.fall,
    keywords: part.keywords,
    effective: part.effective,
    hasVariables,
    file,
    line,
    conditional,
  };
  setOptional(server, parsed, part);
  return server;
}

type Draft = { -readonly [Key in keyof ServerModel]: ServerModel[Key] };

/**
 * Field by field: spreading objects into thousands of servers takes several times as long. Absent rather than
 * undefined, so that the model is the same after a trip through JSON.
 */
function setOptional(server: Draft, address: ServerAddress, part: ServerProfile['part']): void {
  if (address.port !== undefined) server.port = address.port;
  if (address.portText !== undefined) server.portText = address.portText;
  if (address.unixPath !== undefined) server.unixPath = address.unixPath;
  if (part.id !== undefined) server.id = part.id;
  if (part.weight !== undefined) server.weight = part.weight;
  if (part.fastInterMs !== undefined) server.fastInterMs = part.fastInterMs;
  if (part.downInterMs !== undefined) server.downInterMs = part.downInterMs;
  if (part.track !== undefined) server.track = part.track;
  if (part.cookie !== undefined) server.cookie = part.cookie;
}
