// Bundles the one binary, and the programs of dev/ and bench/ beside it. Types are checked by `npm run types`, not here.
import { build } from 'esbuild';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';

const entries = { hafleet: 'src/cli/main.ts' };
for (const folder of ['dev', 'bench']) {
  if (!existsSync(folder)) continue;
  for (const file of readdirSync(folder)) {
    const name = /^([a-z0-9-]+)\.main\.ts$/.exec(file)?.[1];
    if (name) entries[`${folder}/${name}`] = `${folder}/${file}`;
  }
}
const { metafile } = await build({
  entryPoints: entries,
  outdir: 'dist',
  metafile: true,
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

// A failed build writes nothing. Chunks of the last builds stay for an hour: a running program may still load them.
const KEEP_MS = 3_600_000;
for (const file of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
  const path = `dist/${file}`;
  const { mtimeMs } = statSync(path);
  if (/\.(js|map)$/.test(path) && !(path in metafile.outputs) && Date.now() - mtimeMs > KEEP_MS) rmSync(path);
}
