import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');

/** What the bundled program reads before the named function of it can run: everything reached without `import()`. */
function staticInputs({ outputs }: Metafile, entry: string): string[] {
  const wanted = new Set<string>();
  const visit = (path: string) => {
    if (wanted.has(path)) return;
    wanted.add(path);
    for (const { path: next, kind } of outputs[path]?.imports ?? [])
      if (kind === 'import-statement') visit(next);
  };
  const start = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === entry)?.[0];
  if (start === undefined) throw new Error(`${entry} is no chunk of its own`);
  visit(start);
  return [...wanted].flatMap((path) => Object.keys(outputs[path]?.inputs ?? {}));
}

const metafile = (async () => {
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: { hafleet: 'src/cli/main.ts' },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    external: ['@photostructure/sqlite', 'node:sqlite'],
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  return result.metafile;
})();

/** Packages that cost tens of milliseconds; whoever needs one loads it then. */
const SLOW = /node_modules\/(zod|yaml|pino|fastify|ws)\//;

describe('the start of the program', () => {
  it('loads next to nothing for --version', async () => {
    const inputs = staticInputs(await metafile, 'src/cli/main.ts');
    expect(inputs.filter((path) => path.includes('node_modules'))).toEqual([]);
    expect(readFileSync(join(ROOT, 'bin/hafleet.js'), 'utf8')).toContain('main');
  });

  it('loads nothing slow for help, options and errors', async () => {
    for (const entry of ['src/cli/help/render.ts', 'src/cli/run.ts'])
      expect(staticInputs(await metafile, entry).filter((path) => SLOW.test(path))).toEqual([]);
  });
});
