import type { StatusAnswer } from '../../api/index.ts';
import {
  nearMisses,
  parseNodeSet,
  parseSelector,
  serverMatcher,
  type ServerSelector,
} from '../../model/index.ts';
import { CliError, usageError } from '../errors.ts';
import type { IsMeant } from './farm.ts';
import { EXIT } from '../../api/index.ts';

/** The node set of `--on` without that of `--exclude`, as one text for the server, which alone knows the groups. */
export function subtractNodeSet(
  on: string | undefined,
  exclude: string | undefined,
  [onOption, excludeOption]: readonly [string, string] = ['--on', '--exclude'],
): string | undefined {
  if (on !== undefined) checkNodeSet(onOption, on);
  if (exclude === undefined) return on;
  checkNodeSet(excludeOption, exclude);
  const terms = splitUnion(exclude, excludeOption, onOption);
  return [on ?? '*', ...terms].join('!');
}

/** @throws CliError (64) with the column. */
export function checkNodeSet(option: string, text: string): void {
  const parsed = parseNodeSet(text);
  if (!parsed.ok)
    throw usageError(`${option}: ${parsed.error.message} (column ${parsed.error.column})`, parsed.error.hint);
}

/** `a,b` minus is `!a!b`. With other operators it could not be said without brackets, which node sets do not have. */
function splitUnion(exclude: string, excludeOption: string, onOption: string): string[] {
  const bare = exclude.replace(/\[[^\]]*\]/g, (brackets) => '#'.repeat(brackets.length));
  if (/[!&^]/.test(bare))
    throw usageError(
      `${excludeOption} takes a list of sets here`,
      `write ! & ^ into ${onOption}: ${onOption} "lb*!lb3"`,
    );
  const words: string[] = [];
  for (const match of bare.matchAll(/[^,\s]+/g))
    words.push(exclude.slice(match.index, match.index + match[0].length));
  return words;
}

/** The answer without the instances of other names. */
export function selectInstance(answer: StatusAnswer, instance: string | undefined): StatusAnswer {
  if (instance === undefined) return answer;
  const rows = answer.instances.flatMap((view, index) => (view.instance === instance ? [index] : []));
  if (rows.length === 0) throw unknownInstance(instance, answer);
  return {
    ...answer,
    instances: rows.flatMap((row) => answer.instances[row] ?? []),
    cells: rows.map((row) => answer.cells[row] ?? []),
  };
}

/**
 * Which servers the targets mean; undefined: all of them. A bare word means servers of that name, or else the backend
 * of that name.
 * @throws CliError (64) for a target that nothing bears, with what was probably meant.
 */
export function readTargets(answer: StatusAnswer, targets: readonly string[]): IsMeant | undefined {
  if (targets.length === 0) return undefined;
  const wanted = targets.map((target) => targetMatcher(target, answer));
  return (server) => wanted.some((matches) => matches(server));
}

type Key = StatusAnswer['servers'][number];

function unknownInstance(instance: string, { instances }: StatusAnswer): CliError {
  const known = [...new Set(instances.map((view) => view.instance))];
  return usageError(
    `no load balancer in scope has an instance \`${instance}\``,
    known.length === 0 ? undefined : `there is ${known.slice(0, 10).join(', ')}`,
  );
}

function targetMatcher(target: string, { servers }: StatusAnswer): IsMeant {
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
