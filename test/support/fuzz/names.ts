import { escapeJson, escapeText, formatTime, parseDuration, parseTime } from '../../../src/cli/text/index.ts';
import { isRuntimeError, parseSocketAddress, parseVersion } from '../../../src/haproxy/runtime/index.ts';
import type { Result } from '../../../src/lib/index.ts';
import {
  evaluateNodeSet,
  isHaproxyName,
  MAX_NODE_SET_NAMES,
  parseFloor,
  parseNodeSet,
  parseSelector,
  resolveSelector,
} from '../../../src/model/index.ts';
import type { Random } from '../random.ts';
import { broken, orRefusal, target } from './target.ts';
import { NUMBERS } from './special.ts';
import { near } from './words.ts';

const NODES = ['lb1', 'lb2', 'lb10', 'edge-1', 'constructor', 'mx1.example.org'];
const GROUPS = new Map([['edge', ['edge-1']]]);
const SETS = [
  'lb[1-4]',
  '@edge',
  'lb*,!lb3',
  '*!@role:edge',
  'lb[01-10/3],x',
  'a&b^c',
  'lb?',
  'mx[1,3-5].example.org',
];
const SELECTORS = ['web/web1', 'web[1-6]', '*/web1', 'web/*', 'api', 'web/web[1-9/2]', 'a.b:c-d_e/x'];
const TIMES = [
  '90s',
  '10m',
  '2h',
  '1d',
  '1h30m',
  '16:04',
  '2026-12-01',
  '2026-12-01T16:04Z',
  '2026-12-01T16:04+01:00',
];
const FLOORS = ['8', '60%', '0', '100%', '101%', '999999'];
const ADDRESSES = [
  '/run/haproxy.sock',
  'unix@/run/x',
  '127.0.0.1:9999',
  '[::1]:9999',
  'ipv6@[::1]:1',
  'tcp@a:1',
];
const VERSIONS = ['2.6.12-1+deb12u4', '3.3-dev5', '3.2.4'];

const FLEET = [
  {
    instance: 'lb1/http',
    servers: [
      { backend: 'web', server: 'web1' },
      { backend: 'api', server: '__proto__' },
    ],
  },
];

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly column: number;
}

/** A refusal has a code, a sentence and a next step, and points into the text. */
function checkRefusal(text: string, result: Result<unknown, Refusal>, prefix: string): void {
  if (result.ok) return;
  const { code, message, hint, column } = result.error;
  if (!code.startsWith(prefix) || message === '' || hint === '')
    broken(`refused with ${JSON.stringify(result.error)}`);
  if (!Number.isInteger(column) || column < 1 || column > text.length + 1) broken(`column ${column}`);
}

/** Understood or refused with a code and a place; what comes out of it are names of this fleet. */
export const nodeSets = target<string>({
  name: 'node-sets',
  share: 90,
  make: (random) => near(random, SETS),
  check(text) {
    const parsed = parseNodeSet(text);
    checkRefusal(text, parsed, 'node-set-');
    if (!parsed.ok) return;
    const { names, unknown } = evaluateNodeSet(parsed.value, {
      universe: NODES,
      group: (name) => GROUPS.get(name),
    });
    if (!names.every((name) => NODES.includes(name))) broken(`it means ${names.join()}`);
    if (unknown.length > MAX_NODE_SET_NAMES) broken(`${unknown.length} unknown names`);
  },
});

export const selectors = target<string>({
  name: 'selectors',
  share: 90,
  make: (random) => near(random, SELECTORS),
  check(text) {
    const parsed = parseSelector(text);
    checkRefusal(text, parsed, 'selector-');
    if (!parsed.ok) return;
    const { pairs } = resolveSelector(parsed.value, FLEET);
    if (!pairs.every(({ backend, server }) => isHaproxyName(backend) && isHaproxyName(server)))
      broken(JSON.stringify(pairs));
  },
});

interface Typed {
  readonly kind: keyof typeof TYPED;
  readonly text: string;
}

const NOW = { nowMs: Date.parse('2026-11-20T12:00:00Z'), zone: 'Europe/Berlin' };

function checkTime(text: string): void {
  const duration = parseDuration(text);
  if (duration !== undefined && (!Number.isSafeInteger(duration) || duration < 0))
    broken(`it is ${duration} ms`);
  const time = parseTime(text, NOW);
  if (time === undefined) return;
  if (!Number.isFinite(time)) broken(`it is ${time}`);
  formatTime(time, NOW);
}

function checkFloor(text: string): void {
  const floor = parseFloor(text);
  if (!floor.ok) return;
  const value = 'count' in floor.value ? floor.value.count : floor.value.percent;
  if (!Number.isSafeInteger(value) || value < 0) broken(`it is ${value}`);
}

function checkAddress(text: string): void {
  const address = orRefusal(() => parseSocketAddress(text), isRuntimeError);
  if (address && 'port' in address && !(address.port >= 1 && address.port <= 65_535))
    broken(`port ${address.port}`);
}

function checkVersion(text: string): void {
  const version = orRefusal(() => parseVersion(text), isRuntimeError);
  if (version && ![version.major, version.minor, version.patch].every(Number.isFinite))
    broken(JSON.stringify(version));
}

/** Nothing that a terminal obeys comes out, and JSON stays the same value. */
function checkEscape(text: string): void {
  const safe = escapeText(text);
  if (/[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069]/u.test(safe)) broken(JSON.stringify(safe));
  const json = escapeJson(JSON.stringify(text));
  if (/[\p{Cc}\p{Cs}\u202e]/u.test(json)) broken(`JSON ${json}`);
  if (JSON.parse(json) !== text) broken('JSON has another value');
}

const TYPED = {
  time: { seeds: [...TIMES, ...NUMBERS], check: checkTime },
  floor: { seeds: [...FLOORS, ...NUMBERS], check: checkFloor },
  address: { seeds: ADDRESSES, check: checkAddress },
  version: { seeds: VERSIONS, check: checkVersion },
  reason: { seeds: ['disk failing', 'INC-7', '磁盘'], check: checkEscape },
} as const;
const KINDS = Object.keys(TYPED) as Typed['kind'][];

/** Durations, times, floors, addresses, versions, and every text on its way to a terminal. */
export const typedWords = target<Typed>({
  name: 'typed-words',
  share: 90,
  make(random: Random) {
    const kind = random.pick(KINDS);
    return { kind, text: near(random, TYPED[kind].seeds) };
  },
  check: ({ kind, text }) => TYPED[kind].check(text),
});
