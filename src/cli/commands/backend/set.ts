import { defineCommand } from '../../command.ts';
import { confirm, sayDryRun } from '../../confirm.ts';
import { printListing } from '../../document.ts';
import { usageError } from '../../errors.ts';
import type { TypedOptions } from '../../options.ts';

interface BackendSetOptions {
  readonly backend: string;
  /** null: the floor of the fleet. */
  readonly minHealthy: string | null;
  readonly reason: string;
  readonly yes: boolean;
  readonly dryRun: boolean;
}

export const command = defineCommand<BackendSetOptions>({
  about: 'A change that would leave fewer usable servers than the floor on any load balancer is refused.',
  args: [{ syntax: '<backend>', text: 'the backend' }],
  options: [
    { flags: '--min-healthy <floor>', text: 'usable servers to keep on each load balancer: 2, or 60%' },
    { flags: '--default', text: 'the floor of the fleet' },
    { flags: '-n, --dry-run', text: 'show what would change, and change nothing' },
    { flags: '-y, --yes', text: 'do not ask' },
    { flags: '--reason <text>', text: 'why; kept in the audit trail' },
  ],
  examples: [
    'hafleet backend set web --min-healthy 60%',
    'hafleet backend set web --default --reason "small again"',
  ],
  read: ([backend = ''], typed) => ({
    backend,
    minHealthy: readFloor(typed),
    reason: typed.text('reason') ?? '',
    yes: typed.flag('yes'),
    dryRun: typed.flag('dry-run'),
  }),
  async run(cli, { backend, minHealthy, reason, yes, dryRun }) {
    const { api, name } = await cli.connect();
    const before = await api.backend(backend);
    if (before.minHealthy === minHealthy) {
      cli.out.line(`already so: the floor of ${backend} is ${floorText(minHealthy)}`);
      return 0;
    }
    const text = `floor of ${backend}: ${floorText(before.minHealthy)} -> ${floorText(minHealthy)}, context ${name}`;
    (dryRun ? cli.out : cli.err).line(text);
    if (dryRun) return sayDryRun(cli);
    if (!(await confirm(cli, yes))) return 1;
    const after = await api.setBackend(backend, { minHealthy, reason });
    await printListing(cli, {
      kind: 'BackendSettings',
      items: [after],
      names: [after.name],
      table: () => ({
        columns: [{ title: 'BACKEND' }, { title: 'FLOOR' }],
        rows: [[after.name, floorText(after.minHealthy)]],
      }),
    });
    return 0;
  },
});

function readFloor(typed: TypedOptions): string | null {
  const text = typed.text('min-healthy');
  if (typed.flag('default') === (text !== undefined))
    throw usageError('give --min-healthy, or --default', 'hafleet backend set web --min-healthy 60%');
  if (text === undefined) return null;
  const match = /^(\d{1,6})(%?)$/.exec(text);
  if (match && !(match[2] === '%' && Number(match[1]) > 100)) return text;
  throw usageError(`--min-healthy: \`${text}\` is not a floor`, 'write a number, or 0% to 100%');
}

function floorText(floor: string | null): string {
  return floor ?? 'default';
}
