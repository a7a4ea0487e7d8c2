import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Who may import whom. An allow-list: an area that is not named here may import nothing. */
const ALLOWED: Record<string, readonly string[]> = {
  lib: [],
  'haproxy/cfg': ['lib'],
  'haproxy/runtime': ['lib'],
  'haproxy/process': ['haproxy/cfg', 'haproxy/runtime', 'lib'],
  model: ['lib'],
  plan: ['haproxy/cfg', 'model', 'lib'],
  store: ['lib'],
  api: ['lib'],
  agent: ['haproxy/cfg', 'haproxy/runtime', 'haproxy/process', 'model', 'plan', 'api', 'lib'],
  server: ['haproxy/cfg', 'model', 'plan', 'store', 'api', 'lib'],
  cli: ['api', 'model', 'plan', 'haproxy/cfg', 'haproxy/runtime', 'lib'],
};

/** The programs of agent and server are started by the CLI through `import()` of these files alone. */
const MAINS = ['src/agent/main.ts', 'src/server/main.ts', 'src/cli/up.ts'];

/** Files that decide and never touch the world: no `node:*`, no clock. */
const PURE = [
  /^src\/haproxy\/cfg\//,
  /^src\/model\//,
  /^src\/plan\//,
  /^src\/api\//,
  /^src\/haproxy\/runtime\/codec\//,
];
const IMPURE = [
  /\bDate\.now\b/,
  /\bnew Date\(\)/,
  /\bperformance\.now\b/,
  /\bMath\.random\b/,
  /\bprocess\./,
  /\bsetTimeout\b/,
];

const root = resolve(import.meta.dirname, '..');
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .map((path) => join('src', path))
  .filter((path) => path.endsWith('.ts'));

function areaOf(path: string): string | undefined {
  const inside = relative('src', path);
  return Object.keys(ALLOWED).find((area) => inside.startsWith(`${area}/`));
}

interface Import {
  readonly from: string;
  readonly specifier: string;
  readonly dynamic: boolean;
}

function importsOf(path: string): Import[] {
  const text = readFileSync(join(root, path), 'utf8');
  const found: Import[] = [];
  for (const match of text.matchAll(/^(?:import|export)\b[^;'"]*?from\s+'([^']+)'/gm))
    found.push({ from: path, specifier: match[1] ?? '', dynamic: false });
  for (const match of text.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g))
    found.push({ from: path, specifier: match[1] ?? '', dynamic: true });
  return found;
}

function isTest(path: string): boolean {
  return /\.(test|contract)\.ts$/.test(path);
}

function complaint({ from, specifier, dynamic }: Import): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const target = relative(root, resolve(root, dirname(from), specifier));
  const [here, there] = [areaOf(from), areaOf(target)];
  if (!there) return isTest(from) ? undefined : `${from} imports ${target}, which is outside src/`;
  if (here === there) return undefined;
  if (here === 'cli' && dynamic && MAINS.includes(target)) return undefined;
  if (!here || !(ALLOWED[here] ?? []).includes(there))
    return `${from}: ${here ?? 'src'} may not import ${there}`;
  if (!target.endsWith('/index.ts')) return `${from}: import ${there} through its index.ts, not ${target}`;
  return undefined;
}

describe('the house', () => {
  it('lets each area import only what the allow-list names, through its index', () => {
    const complaints = sources.flatMap((path) => importsOf(path).map(complaint)).filter(Boolean);
    expect(complaints).toEqual([]);
  });

  it('keeps every source file in a named area', () => {
    expect(sources.filter((path) => areaOf(path) === undefined)).toEqual([]);
  });

  it('keeps deciding code free of sockets, files and clocks', () => {
    const impure = sources
      .filter((path) => PURE.some((pattern) => pattern.test(path)) && !isTest(path))
      .filter((path) => {
        const text = readFileSync(join(root, path), 'utf8');
        return /from 'node:/.test(text) || IMPURE.some((pattern) => pattern.test(text));
      });
    expect(impure).toEqual([]);
  });
});
