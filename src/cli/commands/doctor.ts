import { resolve } from 'node:path';
import type { Cli } from '../cli.ts';
import { defineCommand } from '../command.ts';
import { noSuchFormat, printDocument } from '../document.ts';
import { type DoctorScope, examineMachine, examineNodes } from '../doctor/examine.ts';
import { plainItems, renderDoctor, renderDoctorNagios } from '../doctor/render.ts';
import { type DoctorItem, reportDoctor } from '../doctor/report.ts';
import { usageError } from '../errors.ts';
import { SCOPE_OPTIONS, type TypedOptions } from '../options.ts';
import { subtractNodeSet } from '../status/select.ts';
import { verdictExit } from '../status/verdict.ts';

export const command = defineCommand<DoctorScope>({
  about:
    'Looks at versions, sockets, reloads, state files, health checks, open ports and passwords, old workers, clocks and the ' +
    'agents themselves. Each finding has what was read, a verdict and the line that mends it. Changes nothing: also a first ' +
    'look with no server, by --socket or --local. Exits 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.',
  args: [{ syntax: '[node...]', text: 'only these load balancers: names and node sets' }],
  options: [
    ...SCOPE_OPTIONS.filter(({ flags }) => !flags.startsWith('--instance')),
    { flags: '--local', text: 'no control server: every HAProxy that runs on this machine' },
    {
      flags: '--config <file>',
      text: 'with --socket: its haproxy.cfg, where the process does not tell (may be repeated)',
      repeat: true,
    },
    {
      flags: '--proc <dir>',
      text: "the machine's /proc, where a container sees it elsewhere (default: /proc)",
    },
  ],
  examples: [
    'hafleet doctor',
    'hafleet doctor --socket /run/haproxy/admin.sock',
    "hafleet doctor 'lb[1-4]' -o json",
  ],
  onSocket: true,
  read: readScope,
  run: runDoctor,
});

function readScope(args: readonly string[], typed: TypedOptions, cli: Cli): DoctorScope {
  const { socket } = cli.settings;
  const isLocal = typed.flag('local') || socket !== undefined;
  const on = subtractNodeSet(
    [...args, typed.text('on') ?? []].flat().join(',') || undefined,
    typed.text('exclude'),
  );
  const config = typed.list('config').map((path) => resolve(path));
  if (isLocal && on !== undefined)
    throw usageError(
      '--socket and --local look at this machine: load balancers are named with a control server',
    );
  if (config.length > 0 && socket === undefined) throw usageError('--config goes with --socket');
  return { isLocal, socket, on, config, proc: typed.text('proc') };
}

async function runDoctor(cli: Cli, scope: DoctorScope): Promise<number> {
  const { items, nodes, context } = await (scope.isLocal ? examineMachine(scope) : examineNodes(cli, scope));
  const report = reportDoctor(items);
  await print(cli, items, () => {
    const { glyphs, width } = cli.out;
    const wide = cli.settings.format === 'wide';
    cli.out.lines(renderDoctor({ report, context, nodes, glyphs, width, wide }));
  });
  return verdictExit(report.verdict);
}

async function print(cli: Cli, items: readonly DoctorItem[], table: () => void): Promise<void> {
  const report = reportDoctor(items);
  switch (cli.settings.format) {
    case 'json':
    case 'yaml':
      return printDocument(cli, { kind: 'Doctor', verdict: report.verdict, items });
    case 'plain':
      return cli.out.raw(plainItems(items));
    case 'name':
      return cli.out.lines([
        ...new Set(items.filter(({ severity }) => severity !== 'ok').map(({ id }) => id)),
      ]);
    case 'nagios':
      return cli.out.raw(`${renderDoctorNagios(report)}\n`);
    case 'milkcheck':
      throw noSuchFormat('milkcheck');
    case 'table':
    case 'wide':
      return table();
  }
}
