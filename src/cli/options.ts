import { usageError } from './errors.ts';
import { parseDuration } from './text/index.ts';

/** One option as it is declared; `flags` in commander's spelling: `--wait <duration>`. */
export interface OptionSpec {
  readonly flags: string;
  readonly text: string;
  /** May be given several times; the values make a list. */
  readonly repeat?: true;
  /** Printed in the help's last group: the options that every command has. */
  readonly global?: true;
}

/** What was typed, read by the long name of the option. Wrong kinds are usage errors that name the option. */
export class TypedOptions {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  text(name: string): string | undefined {
    const value = this.#values[camelCase(name)];
    return typeof value === 'string' ? value : undefined;
  }

  list(name: string): readonly string[] {
    const value = this.#values[camelCase(name)];
    return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
  }

  flag(name: string): boolean {
    return this.#values[camelCase(name)] === true;
  }

  /** `--no-wait` declares `wait`, which is true until it is typed. */
  negated(name: string): boolean {
    return this.#values[camelCase(name)] === false;
  }

  durationMs(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const ms = parseDuration(text);
    if (ms === undefined) throw usageError(`--${name}: \`${text}\` is not a duration`, DURATION_HINT);
    return ms;
  }
}

export const DURATION_HINT = 'write 90s, 10m, 2h, 1d or 1h30m';

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { flags: '--context <name>', text: 'which control server, by its name in the configuration' },
  { flags: '--server <url>', text: 'which control server, by its address' },
  { flags: '--token-file <file>', text: 'file with the token for it' },
  { flags: '--socket <path>', text: "no control server: straight on this HAProxy's stats socket" },
  { flags: '--agent-socket <path>', text: "with --socket: the agent's own socket; none goes past the agent" },
  { flags: '-o, --output <format>', text: 'table, wide, plain, json, yaml, name; status: nagios, milkcheck' },
  { flags: '--json', text: 'the same as -o json' },
  { flags: '--color <when>', text: 'auto, always or never' },
  { flags: '--no-color', text: 'the same as --color=never' },
  { flags: '--timeout <duration>', text: 'stop waiting after this long (exit 124); the change goes on' },
  { flags: '--debug', text: 'with an error: its code, request id and causes' },
].map((option) => ({ ...option, global: true as const }));

export const SCOPE_OPTIONS: readonly OptionSpec[] = [
  { flags: '--on <set>', text: 'only these load balancers: lb[1-4], @edge, lb*,!lb3 (default: all)' },
  { flags: '--exclude <set>', text: 'all but these' },
  { flags: '--instance <name>', text: 'only HAProxy instances of this name' },
];

export const WRITE_OPTIONS: readonly OptionSpec[] = [
  { flags: '-n, --dry-run', text: 'show what would change, and change nothing' },
  { flags: '-y, --yes', text: 'do not ask' },
  { flags: '--reason <text>', text: 'why; kept in the audit trail' },
  { flags: '--ticket <id>', text: 'ticket; kept in the audit trail' },
  {
    flags: '--override <guard>',
    text: 'go against a guard: capacity, agreement, freshness, lock; needs --reason',
    repeat: true,
  },
  { flags: '--no-wait', text: 'do not wait for the change to settle' },
];

export const LEASE_OPTIONS: readonly OptionSpec[] = [
  { flags: '--for <duration>', text: 'ends by itself, safely, after this long' },
  { flags: '--until <time>', text: 'ends by itself at this time: 16:04, 2026-12-01T16:04Z' },
];

export const LIST_OPTIONS: readonly OptionSpec[] = [
  { flags: '--columns <names>', text: 'only these columns, in this order: a,b' },
  { flags: '--sort <column>', text: 'by this column; -COLUMN turns it round' },
];
