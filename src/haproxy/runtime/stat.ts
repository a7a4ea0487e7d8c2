import { unexpectedAnswer } from './codec/lines.ts';
import type { Ask } from './ask.ts';
import { parseCsv } from './csv.ts';
import type { RequestOptions } from './transport.ts';

export type StatType = 'frontend' | 'backend' | 'server' | 'listener';
const TYPES: Readonly<Record<string, StatType>> = {
  '0': 'frontend',
  '1': 'backend',
  '2': 'server',
  '3': 'listener',
};
/** For the filter of the command: a sum of these. */
const TYPE_MASK: Readonly<Record<StatType, number>> = { frontend: 1, backend: 2, server: 4, listener: 8 };

export interface StatFilter {
  /** A proxy's name or its iid; default all. */
  readonly proxy?: string | number;
  /** Default all. */
  readonly types?: readonly StatType[];
  /** A server's or listener's sid; default all. */
  readonly sid?: number;
}

/** `show stat`. Throws `no-such-proxy`. On a fresh connection: check texts come from servers. */
export async function readStat(
  ask: Ask,
  filter: StatFilter = {},
  options?: RequestOptions,
): Promise<StatRow[]> {
  return parseStat(await ask.fresh(statWords(filter), options));
}

function statWords({ proxy, types, sid }: StatFilter): string[] {
  if (proxy === undefined && types === undefined && sid === undefined) return ['show', 'stat'];
  const mask = types ? types.reduce((sum, type) => sum | TYPE_MASK[type], 0) : -1;
  return ['show', 'stat', String(proxy ?? -1), String(mask), String(sid ?? -1)];
}

/** Throws `unexpected-answer`. Columns go by the names of the header: their number differs in every version. */
export function parseStat(text: string): StatRow[] {
  const rows = parseCsv(text);
  const header = rows?.shift();
  if (!rows || !header?.[0]?.startsWith('# ')) throw unexpectedAnswer('show stat', text);
  const names = header.map((name, at) => (at === 0 ? name.slice(2) : name));
  const columns: StatColumns = { names, places: placesOf(names) };
  return rows.map((fields) => {
    if (fields.length < names.length - 1) throw unexpectedAnswer('show stat', fields.join(','));
    return new StatRow(columns, fields);
  });
}

function placesOf(names: readonly string[]): Map<string, number> {
  const places = new Map<string, number>();
  // `-` stands between the columns of every row and those of the domains that follow.
  for (const [at, name] of names.entries()) if (name !== '' && name !== '-') places.set(name, at);
  return places;
}

interface StatColumns {
  readonly names: readonly string[];
  readonly places: ReadonlyMap<string, number>;
}

/**
 * One row. Fields are read when asked for: 1,000 servers have 200,000 of them. A number is null where HAProxy left the
 * field empty (it does not apply to this kind of row) or the version has no such column.
 */
export class StatRow {
  readonly #columns: StatColumns;
  readonly #fields: readonly string[];

  constructor(columns: StatColumns, fields: readonly string[]) {
    this.#columns = columns;
    this.#fields = fields;
    if (!Object.hasOwn(TYPES, this.text('type'))) throw unexpectedAnswer('show stat', fields.join(','));
  }

  /** Any column by its name, as written; empty where there is none. */
  text(column: string): string {
    const at = this.#columns.places.get(column);
    return at === undefined ? '' : (this.#fields[at] ?? '');
  }
  number(column: string): number | null {
    const text = this.text(column);
    return text === '' ? null : Number(text);
  }
  /** All columns by name. */
  get raw(): Readonly<Record<string, string>> {
    const raw: Record<string, string> = {};
    for (const [name, at] of this.#columns.places) raw[name] = this.#fields[at] ?? '';
    return raw;
  }

  toJSON(): Readonly<Record<string, string>> {
    return this.raw;
  }

  get pxname(): string {
    return this.text('pxname');
  }
  get svname(): string {
    return this.text('svname');
  }
  get type(): StatType {
    return TYPES[this.text('type')] ?? 'listener';
  }
  get iid(): number | null {
    return this.number('iid');
  }
  get sid(): number | null {
    return this.number('sid');
  }
  /** `UP`, `DOWN 1/2`, `MAINT (via b/s)`, `no check`, `OPEN` … */
  get status(): string {
    return this.text('status');
  }
  get mode(): string {
    return this.text('mode');
  }
  get addr(): string {
    return this.text('addr');
  }
  get weight(): number | null {
    return this.number('weight');
  }
  /** Servers that are active and backup. */
  get act(): number | null {
    return this.number('act');
  }
  get bck(): number | null {
    return this.number('bck');
  }
  get scur(): number | null {
    return this.number('scur');
  }
  get smax(): number | null {
    return this.number('smax');
  }
  get slim(): number | null {
    return this.number('slim');
  }
  get stot(): number | null {
    return this.number('stot');
  }
  get qcur(): number | null {
    return this.number('qcur');
  }
  get qmax(): number | null {
    return this.number('qmax');
  }
  get bin(): number | null {
    return this.number('bin');
  }
  get bout(): number | null {
    return this.number('bout');
  }
  get dreq(): number | null {
    return this.number('dreq');
  }
  get dresp(): number | null {
    return this.number('dresp');
  }
  get ereq(): number | null {
    return this.number('ereq');
  }
  get econ(): number | null {
    return this.number('econ');
  }
  get eresp(): number | null {
    return this.number('eresp');
  }
  get wretr(): number | null {
    return this.number('wretr');
  }
  get wredis(): number | null {
    return this.number('wredis');
  }
  get chkfail(): number | null {
    return this.number('chkfail');
  }
  get chkdown(): number | null {
    return this.number('chkdown');
  }
  /** Seconds since the last change of the state. */
  get lastchg(): number | null {
    return this.number('lastchg');
  }
  /** Seconds down, all together. */
  get downtime(): number | null {
    return this.number('downtime');
  }
  /** Seconds since the last session; -1 for never. */
  get lastsess(): number | null {
    return this.number('lastsess');
  }
  get rate(): number | null {
    return this.number('rate');
  }
  get rateMax(): number | null {
    return this.number('rate_max');
  }
  get reqRate(): number | null {
    return this.number('req_rate');
  }
  get reqTot(): number | null {
    return this.number('req_tot');
  }
  get hrsp1xx(): number | null {
    return this.number('hrsp_1xx');
  }
  get hrsp2xx(): number | null {
    return this.number('hrsp_2xx');
  }
  get hrsp3xx(): number | null {
    return this.number('hrsp_3xx');
  }
  get hrsp4xx(): number | null {
    return this.number('hrsp_4xx');
  }
  get hrsp5xx(): number | null {
    return this.number('hrsp_5xx');
  }
  get hrspOther(): number | null {
    return this.number('hrsp_other');
  }
  /** `L7OK`, `L4CON`, `* L7OK` while one is under way; empty without a check. */
  get checkStatus(): string {
    return this.text('check_status');
  }
  get checkCode(): number | null {
    return this.number('check_code');
  }
  /**
   * The last check in one word, `L7OK/200`, for people; empty before one has ended. Before `* ` a check is under way and the rest is of the one before; on
   * 2.6 the code is 0 then, which is no code.
   */
  get checkText(): string {
    const status = this.checkStatus.replace(/^\* /, '');
    if (status === 'INI') return '';
    return status === '' || !this.checkCode ? status : `${status}/${this.checkCode}`;
  }
  /** Milliseconds. */
  get checkDuration(): number | null {
    return this.number('check_duration');
  }
  get checkDesc(): string {
    return this.text('check_desc');
  }
  /** What the last check said, in the server's or the system's words. */
  get lastChk(): string {
    return this.text('last_chk');
  }
  get agentStatus(): string {
    return this.text('agent_status');
  }
  /** Milliseconds, mean of the last 1,024 requests. */
  get qtime(): number | null {
    return this.number('qtime');
  }
  get ctime(): number | null {
    return this.number('ctime');
  }
  get rtime(): number | null {
    return this.number('rtime');
  }
  get ttime(): number | null {
    return this.number('ttime');
  }
}
