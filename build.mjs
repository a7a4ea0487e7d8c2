// Bundles the one binary, and the programs of dev/ and bench/ beside it. Types are checked by `npm run types`, not here.
import { build } from 'esbuild';
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';

const entries = { hafleet: 'src/cli/main.ts' };
for (const folder of ['dev', 'bench']) {
  if (!existsSync(folder)) continue;
  for (const file of readdirSync(folder)) {
    const name = /^([a-z0-9-]+)\.main\.ts$/.exec(file)?.[1];
    if (name) entries[`${folder}/${name}`] = `${folder}/${file}`;
  }
}
// Built beside and renamed: a failed build leaves the last good one, and a running program keeps the chunks it may still load.
rmSync('dist.new', { recursive: true, force: true });
await build({
  entryPoints: entries,
  outdir: 'dist.new',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: true,
  legalComments: 'linked',
  external: ['@photostructure/sqlite', 'node:sqlite'],
  // Bundled CommonJS libraries still call require() for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});

rmSync('dist.old', { recursive: true, force: true });
if (existsSync('dist')) renameSync('dist', 'dist.old');
renameSync('dist.new', 'dist');
rmSync('dist.old', { recursive: true, force: true });
