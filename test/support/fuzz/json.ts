import type { Random } from '../random.ts';
import { NUMBERS } from './special.ts';
import { near, once, several } from './words.ts';

type Path = readonly (string | number)[];

const KEYS = [
  '__proto__',
  'constructor',
  'toString',
  'valueOf',
  'toJSON',
  'type',
  'id',
  'name',
  'length',
  '',
];

/** Any value that JSON has, small or nested so deep that whoever walks it recursively falls. */
export function anyJson(random: Random, depth = 3): unknown {
  switch (random.whole(depth > 0 ? 9 : 6)) {
    case 0:
      return null;
    case 1:
      return random.whole(2) === 0;
    case 2:
    case 3:
      return anyNumber(random);
    case 4:
    case 5:
      return near(random, ['web1', 'CHG-1', '*', '']);
    case 6:
      return several(random, 0, 3, () => anyJson(random, depth - 1));
    case 7:
      return { [random.pick(KEYS)]: { toString: 1, valueOf: 1 }, toString: 1, valueOf: anyJson(random, 0) };
    default:
      return Object.fromEntries(
        several(random, 0, 3, () => [random.pick(KEYS), anyJson(random, depth - 1)] as const),
      );
  }
}

function anyNumber(random: Random): number {
  const number = Number(random.pick(NUMBERS));
  return Number.isFinite(number) ? number : -1.5;
}

/** JSON text near that of `value`: values replaced, left out or added at any depth, and at times no JSON at all. */
export function nearJson(random: Random, value: unknown): string {
  let changed = structuredClone(value);
  for (let left = random.whole(4); left > 0; left--) changed = changeOne(random, changed);
  const text = JSON.stringify(changed) ?? 'null';
  if (once(random, 60)) return deepen(random, text);
  return once(random, 10) ? near(random, [text]) : text;
}

/** One value of the text becomes thousands of brackets: JSON.parse takes them, recursive walks do not. */
function deepen(random: Random, text: string): string {
  const depth = random.pick([100, 5_000, 20_000]);
  const deep = once(random, 2)
    ? '['.repeat(depth) + ']'.repeat(depth)
    : '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);
  const places = [...text.matchAll(/:("[^"]*"|\d+|true|false|null|\[\])/g)];
  if (places.length === 0) return deep;
  const { index, 0: found } = random.pick(places);
  return `${text.slice(0, index)}:${deep}${text.slice(index + found.length)}`;
}

function changeOne(random: Random, value: unknown): unknown {
  const path = random.pick(pathsOf(value));
  const last = path.at(-1);
  if (last === undefined) return once(random, 4) ? anyJson(random) : value;
  const parent = path.slice(0, -1).reduce(follow, value);
  if (typeof parent !== 'object' || parent === null) return value;
  const old: unknown = Reflect.get(parent, last);
  switch (random.whole(5)) {
    case 0:
      if (Array.isArray(parent)) parent.splice(Number(last), 1);
      else Reflect.deleteProperty(parent, last);
      return value;
    case 1:
      put(parent, random.pick(KEYS), anyJson(random));
      return value;
    case 2:
      if (Array.isArray(parent)) parent.push(structuredClone(old));
      else put(parent, last, anyJson(random));
      return value;
    default:
      put(parent, last, typeof old === 'string' ? near(random, [old]) : anyJson(random));
      return value;
  }
}

function follow(value: unknown, key: string | number): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

/** An own property, `__proto__` too. */
function put(parent: object, key: string | number, value: unknown): void {
  if (Array.isArray(parent)) parent[Number(key) || 0] = value;
  else Object.defineProperty(parent, key, { value, enumerable: true, writable: true, configurable: true });
}

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}
