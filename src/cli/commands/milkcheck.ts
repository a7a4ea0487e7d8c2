import { EXIT, type ChangeRequest, type StatusAnswer } from '../../api/index.ts';
import { followChange } from '../change/follow.ts';
import { isAlreadySo, renderRefusals, renderScope } from '../change/scope.ts';
import {
  readLease,
  readWriteOptions,
  writeRequest,
  type LeaseRequest,
  type WriteOptions,
} from '../change/write-options.ts';
import type { Cli } from '../cli.ts';
import { defineCommand } from '../command.ts';
import { confirm } from '../confirm.ts';
import { describeError, exitCodeOf, usageError } from '../errors.ts';
import { changeGroups } from '../milkcheck/from-change.ts';
import { selectInstances, statusGroups } from '../milkcheck/from-status.ts';
import { milkExit, renderMilkReport, type MilkGroup, type MilkReport } from '../milkcheck/report.ts';
import { LEASE_OPTIONS, WRITE_OPTIONS, type TypedOptions } from '../options.ts';
import { subtractNodeSet } from '../status/select.ts';

const ACTIONS = ['status', 'disable', 'enable'] as const;
type Action = (typeof ACTIONS)[number];

interface MilkcheckOptions {
  readonly services: readonly string[];
  readonly action: Action;
  readonly server: string | undefined;
  readonly on: string | undefined;
  readonly verbose: boolean;
  readonly summary: MilkReport['summary'];
  readonly lease: LeaseRequest;
  readonly write: WriteOptions;
}

export const command = defineCommand<MilkcheckOptions>({
  about:
    'Exits 0 OK, 3 WARNING (planned, or pending), 6 ERROR, 9 wrong usage or refused before anything was changed, ' +
    '12 internal, 130 Ctrl-C. Instances that do not have the server are SKIPPED.',
  args: [{ syntax: '<words...>', text: 'services, then status, disable or enable: haproxy status' }],
  options: [
    { flags: '-D, --define <pair>', text: 'server=NAME: the server to look at or to change', repeat: true },
    { flags: '-n, --only-nodes <set>', text: 'only these load balancers' },
    { flags: '-x, --exclude-nodes <set>', text: 'all but these' },
    { flags: '-v, --verbose', text: 'also what went well' },
    { flags: '--report <kind>', text: 'no, default or full (default: full)' },
    ...LEASE_OPTIONS,
    ...WRITE_OPTIONS.map((option) => ({
      ...option,
      flags: option.flags.replace('-n, --dry-run', '--dry-run'),
    })),
  ],
  examples: [
    'hafleet milkcheck haproxy status',
    'hafleet milkcheck haproxy -D server=puppet-i0-svc1 disable --until 1h --reason "new kernel"',
  ],
  usageExit: 9,
  read: (words, typed, cli) => ({
    services: words.slice(0, -1),
    action: readAction(words),
    server: readServer(typed.list('define')),
    on: subtractNodeSet(typed.text('only-nodes'), typed.text('exclude-nodes'), ['-n', '-x']),
    verbose: typed.flag('verbose'),
    summary: readSummary(typed),
    lease: readLease(typed, cli),
    write: readWriteOptions(typed),
  }),
  async run(cli, options) {
    try {
      return options.action === 'status'
        ? await runStatus(cli, options)
        : await runAction(cli, options, options.action);
    } catch (thrown) {
      cli.err.clearLive();
      cli.err.lines(describeError(thrown, cli.settings.debug));
      return milkErrorExit(thrown);
    }
  },
});

/** Everything that kept it from starting is 9; a fault inside is 12. */
function milkErrorExit(thrown: unknown): number {
  const exit = exitCodeOf(thrown);
  if (exit === EXIT.interrupted) return exit;
  const isKnown =
    thrown instanceof Error && 'code' in thrown ? thrown.code !== 'internal' : exit !== EXIT.failed;
  return isKnown ? 9 : 12;
}

async function runStatus(cli: Cli, options: MilkcheckOptions): Promise<number> {
  const startedMs = cli.world.clock.monotonicMs();
  const answer = await readFleet(cli, options);
  const { services, server } = options;
  const groups = statusGroups(answer, {
    services,
    server,
    moment: { ...cli.moment(), nowMs: answer.generatedAt },
  });
  if (
    server !== undefined &&
    groups.every((group) => group.services.every(({ status }) => status === 'SKIPPED'))
  )
    throw usageError(`no instance has a server \`${server}\``, '`hafleet server list` shows what there is');
  return print(cli, options, groups, startedMs);
}

async function readFleet(cli: Cli, { on, services }: MilkcheckOptions): Promise<StatusAnswer> {
  const { api } = await cli.connect();
  const answer = await api.status(on === undefined ? {} : { on });
  for (const [index, { names }] of selectInstances(answer.instances, services).entries())
    if (names.length === 0)
      throw usageError(
        `there is no service \`${services[index] ?? ''}\``,
        'name a group or an instance of the agents: haproxy, haproxy.puppet',
      );
  return answer;
}

async function runAction(
  cli: Cli,
  options: MilkcheckOptions,
  action: Exclude<Action, 'status'>,
): Promise<number> {
  const { server, write } = options;
  if (server === undefined) throw usageError(`${action} needs a server`, 'add -D server=NAME');
  const startedMs = cli.world.clock.monotonicMs();
  const { instances } = await readFleet(cli, options);
  const { api, name } = await cli.connect();
  const request = requestOf(options, action, server, onlyInstance(instances, options.services));
  const { plan } = await api.createChange({ ...request, dryRun: true });
  (write.dryRun ? cli.out : cli.err).lines(renderScope({ plan, context: name }));
  if (plan.refusals.length > 0) {
    cli.err.lines(renderRefusals(plan));
    return 9;
  }
  if (write.dryRun) {
    cli.out.line('dry run: nothing was changed');
    return 0;
  }
  if (!isAlreadySo(plan) && !(await confirm(cli, write.yes))) return 9;
  const { change: first } = await api.createChange({ ...request, dryRun: false });
  if (first === null) return print(cli, options, alreadyGroups(instances, plan, options.services), startedMs);
  const { change, ended } = await followChange(cli, first);
  const exit = print(cli, options, changeGroups(change, instances, options.services), startedMs);
  return ended === 'interrupted' ? EXIT.interrupted : exit;
}

/** Nothing was to be done: what has the server is fine as it is. */
function alreadyGroups(
  instances: StatusAnswer['instances'],
  plan: Awaited<ReturnType<Awaited<ReturnType<Cli['connect']>>['api']['createChange']>>['plan'],
  services: readonly string[],
): MilkGroup[] {
  const having = new Set(plan.transitions.flatMap((transition) => transition.instances));
  return selectInstances(instances, services).map(({ group, names }) => ({
    name: group,
    services: names.map((name) => {
      const nodes = instances
        .filter(({ node, instance }) => instance === name && having.has(`${node}/${name}`))
        .map(({ node }) => ({ node, exit: 0, lines: [] }));
      return {
        name: `${group}.${name}`,
        status: nodes.length === 0 ? 'SKIPPED' : 'DONE',
        nodes,
        command: '',
      };
    }),
  }));
}

/** A change is for one instance name or for all: other selections are refused, not widened. */
function onlyInstance(instances: StatusAnswer['instances'], services: readonly string[]): string | undefined {
  const meant = new Set(selectInstances(instances, services).flatMap(({ names }) => names));
  if (meant.size === 1) return [...meant][0];
  if (instances.every(({ instance }) => meant.has(instance))) return undefined;
  throw usageError('a change is for one service or for all of them', 'name one: haproxy.puppet');
}

function requestOf(
  { on, lease, write }: MilkcheckOptions,
  kind: 'disable' | 'enable',
  server: string,
  instance: string | undefined,
): ChangeRequest {
  return {
    kind,
    targets: [server],
    ...(on === undefined ? {} : { on }),
    ...(instance === undefined ? {} : { instance }),
    ...lease,
    ...writeRequest(write),
  };
}

function print(cli: Cli, options: MilkcheckOptions, groups: readonly MilkGroup[], startedMs: number): number {
  const { action, verbose, summary } = options;
  const durationMs = cli.world.clock.monotonicMs() - startedMs;
  const report: MilkReport = { action, groups, durationMs, verbose, summary, width: cli.out.width };
  cli.out.lines(renderMilkReport(report));
  return milkExit(report);
}

function readAction(words: readonly string[]): Action {
  const found = ACTIONS.find((action) => action === words.at(-1));
  if (found && words.length > 1) return found;
  throw usageError('name a service and then status, disable or enable', 'hafleet milkcheck haproxy status');
}

function readServer(pairs: readonly string[]): string | undefined {
  let server: string | undefined;
  for (const pair of pairs) {
    const match = /^server=(.+)$/.exec(pair);
    if (!match) throw usageError(`-D ${pair}: only server=NAME is known`);
    server = match[1];
  }
  return server;
}

function readSummary(typed: TypedOptions): MilkReport['summary'] {
  const text = typed.text('report') ?? 'full';
  if (text === 'no' || text === 'default' || text === 'full') return text;
  throw usageError(`--report: \`${text}\` is not known`, 'no, default or full');
}
