import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../dev/index.ts';
import { LocalFileError, parseLocalFile } from '../../../src/agent/local-file/read.ts';
import { parseConfig, parseTimeMs, printConfig, readConfigModel } from '../../../src/haproxy/cfg/index.ts';
import { broken, orRefusal, target } from './target.ts';
import { nearLines, once } from './words.ts';

const WORDY = [
  'global',
  '  stats socket /run/h.sock mode 660 level admin expose-fd listeners',
  'defaults constructor from __proto__',
  'backend toString from constructor',
  '  default-server check inter 2s rise 3 fall 2',
  '  server __proto__ [::1]:80,ipv4@1.2.3.4:70000 track constructor/valueOf weight 300 id 99999999999',
  '  server-template web 1-99999999999 "127.0.0.1:${PORT}" check',
  '  constructor __proto__ toString',
  '__proto__ x',
  'peers p\n  peer a 127.0.0.1:1\n  table t type string size 1m store gpc0',
  '.if defined(X)\n.else\n.endif',
].join('\n');

let configs: string[] | undefined;

/** Real files, cut to pieces of some thirty lines: a whole one costs as much as twenty. */
function configSeeds(): string[] {
  const folder = join(ROOT, 'test/corpus/cfg');
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  return (configs ??= [WORDY, ...texts.flatMap(pieces)]);
}

function pieces(text: string): string[] {
  const lines = text.split('\n');
  return Array.from({ length: Math.ceil(lines.length / 30) }, (_, at) =>
    lines.slice(at * 30, at * 30 + 30).join('\n'),
  );
}

/** Any text is read without a throw and printed again byte by byte, and has a model. */
export const haproxyFiles = target<string>({
  name: 'haproxy-files',
  share: 60,
  make: (random) => nearLines(random, once(random, 3) ? [WORDY] : configSeeds()),
  check(text) {
    const tree = parseConfig(text, { file: 'haproxy.cfg' });
    if (printConfig(tree) !== text) broken('it is printed as something else');
    const { model, diagnostics } = readConfigModel([tree]);
    JSON.stringify(model);
    if (diagnostics.some(({ code, message }) => !code || !message))
      broken('a diagnostic without a code or a text');
    for (const word of text.split(/\s+/, 20)) {
      const ms = parseTimeMs(word);
      if (ms !== undefined && !(ms >= 0)) broken(`a time of ${ms} ms`);
    }
  },
});

const YAML = [
  '? [a, b]\n: c\n&a x: *a\n',
  'servers: &s [https://a:1]\ninstances: [*s, *s]\n<<: *s\n',
  '__proto__: {a: 1}\nconstructor: !!binary x\n? {a: 1}\n: 2\n',
  'servers:\n  - url: https://hafleet:8700\nlabels:\n  site: fra\ninstances:\n  - name: http\n    stats socket: /run/haproxy.sock\n    allow: [observe, servers]\n',
];
let locals: string[] | undefined;
const localSeeds = () =>
  (locals ??= [readFileSync(join(ROOT, 'deploy/agent.yaml'), 'utf8'), ...YAML, ...YAML]);

/** The agent's own file: read, or refused with what is wrong at which line. */
export const localFiles = target<string>({
  name: 'local-files',
  share: 15,
  make: (random) => nearLines(random, localSeeds()),
  check(text) {
    orRefusal(
      () => parseLocalFile(text),
      (thrown) =>
        thrown instanceof LocalFileError &&
        thrown.problems.length > 0 &&
        thrown.problems.every(({ line, column, message }) => line >= 1 && column >= 1 && message !== ''),
    );
  },
});
