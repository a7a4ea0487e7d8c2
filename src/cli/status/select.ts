import type { StatusAnswer } from '../../api/index.ts';
import {
  nearMisses,
  parseNodeSet,
  parseSelector,
  serverMatcher,
  type ServerSelector,
} from '../../model/index.ts';
import { CliError, usageError } from '../errors.ts';
import { EXIT } from '../../api/index.ts';

/** The node set of `--on` without that of `--exclude`, as one text for the server, which alone knows the groups. */
export function subtractNodeSet(on: string | undefined, exclude: string | undefined): string | undefined {
  if (on !== undefined) checkNodeSet('--on', on);
  if (exclude === undefined) return on;
  const terms = splitUnion(exclude);
  return [on ?? '*', ...terms].join('!');
}

/** @throws CliError (64) with the column. */
export function checkNodeSet(option: string, text: string): void {
  const parsed = parseNodeSet(text);
  if (!parsed.ok)
    throw usageError(`${option}: ${parsed.error.message} (column ${parsed.error.column})`, parsed.error.hint);
}

/** `a,b` minus is `!a!b`. With other operators it could not be said without brackets, which node sets do not have. */
function splitUnion(exclude: string): string[] {
  checkNodeSet('--exclude', exclude);
  const bare = exclude.replace(/\[[^\]]*\]/g, (brackets) => '#'.repeat(brackets.length));
  if (/[!&^]/.test(bare))
    throw usageError('--exclude takes a list of sets here', 'write ! & ^ into --on: --on "lb*!lb3"');
  const words: string[] = [];
  for (const match of bare.matchAll(/[^,\s]+/g))
    words.push(exclude.slice(match.index, match.index + match[0].length));
  return words;
}

export interface Selection {
  readonly targets: readonly string[];
  readonly instance?: string | undefined;
}

/**
 * The answer cut to what was asked for. A bare word means servers of that name, or else the backend of that name.
 * @throws CliError (64) for a target that nothing bears, with what was probably meant.
 */
export function selectStatus(answer: StatusAnswer, { targets, instance }: Selection): StatusAnswer {
  const rows = answer.instances.flatMap((view, index) =>
    instance === undefined || view.instance === instance ? [index] : [],
  );
  const wanted = targets.map((target) => targetMatcher(target, answer));
  const columns = answer.servers.flatMap((server, index) =>
    wanted.length === 0 || wanted.some((matches) => matches(server)) ? [index] : [],
  );
  if (targets.length === 0 && instance === undefined) return answer;
  return {
    ...answer,
    instances: rows.flatMap((row) => answer.instances[row] ?? []),
    servers: columns.flatMap((column) => answer.servers[column] ?? []),
    cells: rows.map((row) => columns.map((column) => answer.cells[row]?.[column] ?? null)),
    intents:
      targets.length === 0
        ? answer.intents
        : answer.intents.filter((intent) => meant(intent, answer, wanted)),
  };
}

type Key = StatusAnswer['servers'][number];
type Matcher = (key: { readonly backend: string; readonly server: string }) => boolean;

function meant(
  intent: StatusAnswer['intents'][number],
  { servers }: StatusAnswer,
  wanted: readonly Matcher[],
): boolean {
  return servers.some(
    (key: Key) =>
      key.server === intent.server &&
      (intent.backend === '*' || intent.backend === key.backend) &&
      wanted.some((matches) => matches(key)),
  );
}

function targetMatcher(target: string, { servers }: StatusAnswer): Matcher {
  const selector = readSelector(target);
  const matches = serverMatcher(selector);
  if (servers.some(matches)) return matches;
  const asBackend = selector.backend ? undefined : serverMatcher(readSelector(`${target}/*`));
  if (asBackend && servers.some(asBackend)) return asBackend;
  throw unknownTarget(target, servers);
}

function readSelector(target: string): ServerSelector {
  const parsed = parseSelector(target);
  if (parsed.ok) return parsed.value;
  throw usageError(`${target}: ${parsed.error.message}`, parsed.error.hint);
}

function unknownTarget(target: string, servers: readonly Key[]): CliError {
  const known = servers.flatMap(({ backend, server }) =>
    target.includes('/') ? [`${backend}/${server}`] : [backend, server],
  );
  const near = nearMisses(target, known);
  return new CliError(EXIT.usage, `no load balancer in scope has \`${target}\``, {
    hint:
      near.length > 0 ? `did you mean ${near.join(' or ')}?` : '`hafleet server list` shows what there is',
  });
}
