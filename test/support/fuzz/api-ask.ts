import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../dev/index.ts';
import type { Random } from '../random.ts';
import { anyJson, nearJson } from './json.ts';
import { NUMBERS } from './special.ts';
import { near, once } from './words.ts';

/** One request. */
export interface Ask {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Which token: one of the server's, one made for this, or a stranger's words. */
  readonly token: 'admin' | 'operator' | 'viewer' | 'scoped' | 'join' | 'none' | 'wrong';
}

interface Route {
  readonly method: string;
  readonly path: string;
  readonly query: readonly string[];
}

/** The routes as the document of the API tells them: a new one is tried without anybody thinking of it. */
function readRoutes(): Route[] {
  interface Described {
    readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  }
  const text = readFileSync(join(ROOT, 'docs/reference/openapi.json'), 'utf8');
  const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, Described>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [] }]) => ({
      method: method.toUpperCase(),
      path,
      query: parameters.filter((one) => one.in === 'query').map(({ name }) => name),
    })),
  );
}

let routes: Route[] | undefined;

const CHANGE = {
  kind: 'disable',
  targets: ['web/web1'],
  on: '*',
  instance: 'http',
  reason: 'disk',
  ticket: 'INC-7',
  dryRun: true,
  overrides: ['capacity'],
  forMs: 600_000,
  waitMs: 0,
  drain: { waitMs: 0 },
};
/** Bodies that would be taken, or nearly. */
const BODIES: readonly unknown[] = [
  CHANGE,
  { kind: 'weight', targets: ['web/web[1-2]'], weight: 10, exclude: 'lb[2-3]', waitMs: 0 },
  { kind: 'enable', targets: ['*/web1'], waitMs: 0 },
  { kind: 'kill-sessions', targets: ['web2'], waitMs: 0 },
  { minHealthy: '60%', reason: 'less is enough' },
  {
    name: 'fuzz-1',
    role: 'viewer',
    scope: { backends: ['web-*'], nodes: ['lb?'], sites: ['*'] },
    forMs: 60_000,
  },
  { name: 'fuzz-2', labels: { site: 'fra', role: 'edge' } },
  { dryRun: true },
  { waitMs: 0, reason: 'x', overrides: [] },
];
const NAMES = [
  'guard',
  'web',
  'web1',
  'CHG-1',
  'CHG-2',
  'lb1',
  'nobody',
  '__proto__',
  'constructor',
  ...NUMBERS,
];
const QUERIES = ['lb[1-4],@edge', '*!guard', 'web', 'warning', 'CHG-1', '0', 'true', 'off', ...NUMBERS];
const TOKENS = [
  'admin',
  'admin',
  'admin',
  'admin',
  'operator',
  'viewer',
  'scoped',
  'join',
  'none',
  'wrong',
] as const;

/** Without the guard's own ends: who removes the node or its token has done what he may, and tests nothing any more. */
function pathOf(random: Random, { method, path, query }: Route): string {
  const names = method === 'DELETE' ? ['nobody', 'fuzz-1', 'fuzz-2', '__proto__'] : NAMES;
  const filled = path.replaceAll(/\{\w+\}/g, () => encode(random, near(random, names)));
  const keys = [...query, '__proto__', 'constructor'].filter((name) => name !== 'waitMs' && once(random, 3));
  const pairs = keys.map((key) => `${key}=${encode(random, near(random, QUERIES))}`);
  const whole = pairs.length > 0 ? `${filled}?${pairs.join('&')}` : filled;
  return once(random, 20) ? encodeURI(wellFormed(near(random, [whole]))) || '/' : whole;
}

/** As a client would, or as somebody who wants to see what happens. */
function encode(random: Random, text: string): string {
  const right = encodeURIComponent(wellFormed(text));
  return once(random, 8) ? near(random, [right]).replaceAll(/[^\x21-\x7e]/g, '%') : right;
}

/** Lone surrogates have no encoding. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

function headersOf(random: Random): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  const odd = () =>
    near(random, ['application/json', 'text/plain', 'gzip', '0', '*']).replaceAll(/[^\x20-\x7e]/g, '?');
  if (once(random, 10)) headers['content-type'] = odd().slice(0, 4_000);
  if (once(random, 20))
    headers[random.pick(['accept', 'accept-encoding', 'x-request-id', 'cookie'])] = odd().slice(0, 4_000);
  return headers;
}

/** At any route, near what it takes. */
export function makeAsk(random: Random): Ask {
  const route = random.pick((routes ??= readRoutes()));
  const method = once(random, 40) ? random.pick(['PUT', 'OPTIONS', 'HEAD', 'TRACE', 'GET']) : route.method;
  const body = once(random, 30) ? anyJson(random) : random.pick(BODIES);
  return {
    method,
    // What is no address at all is refused before its method is known, with a body that HEAD does not expect.
    path: pathOf(random, route).replace(/^(?!\/)/, method === 'HEAD' ? '/' : ''),
    headers: headersOf(random),
    body:
      ['POST', 'PATCH', 'PUT', 'DELETE'].includes(method) && !once(random, 12)
        ? nearJson(random, body)
        : null,
    token: random.pick(TOKENS),
  };
}
