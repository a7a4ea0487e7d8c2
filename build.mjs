// Bundles the one binary, and the programs of dev/ and bench/ beside it. Types are checked by `npm run types`, not here.
import { build } from 'esbuild';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const entries = { hafleet: 'src/cli/main.ts' };
for (const folder of ['dev', 'bench']) {
  if (!existsSync(folder)) continue;
  for (const file of readdirSync(folder)) {
    const name = /^([a-z0-9-]+)\.main\.ts$/.exec(file)?.[1];
    if (name) entries[`${folder}/${name}`] = `${folder}/${file}`;
  }
}
const { metafile, outputFiles } = await build({
  entryPoints: entries,
  outdir: 'dist',
  metafile: true,
  write: false,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: true,
  legalComments: 'linked',
  external: ['@photostructure/sqlite', 'node:sqlite'],
  logLevel: 'warning',
});

// Bundled CommonJS libraries still call require() for Node's own modules. Only the chunk that does it for them gets one:
// in each of the forty chunks of a command it made every start of the CLI some milliseconds later.
const REQUIRE =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);\n";
const needRequire = new Set(
  outputFiles
    .filter(({ path, text }) => path.endsWith('.js') && /\btypeof require\b/.test(text))
    .map(({ path }) => path),
);
for (const { path, text } of outputFiles) {
  mkdirSync(dirname(path), { recursive: true });
  if (needRequire.has(path)) writeFileSync(path, REQUIRE + text);
  else if (needRequire.has(path.replace(/\.map$/, ''))) writeFileSync(path, oneLineLater(text));
  else writeFileSync(path, text);
}

function oneLineLater(sourceMap) {
  const map = JSON.parse(sourceMap);
  return JSON.stringify({ ...map, mappings: `;${map.mappings}` });
}

// A failed build writes nothing. Chunks of the last builds stay for an hour: a running program may still load them.
const KEEP_MS = 3_600_000;
for (const file of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
  const path = `dist/${file}`;
  const { mtimeMs } = statSync(path);
  if (/\.(js|map)$/.test(path) && !(path in metafile.outputs) && Date.now() - mtimeMs > KEEP_MS) rmSync(path);
}
