import { encodeCommand, isRuntimeError, MAX_LINE_BYTES } from '../../../src/haproxy/runtime/index.ts';
import type { Random } from '../random.ts';
import { broken, orRefusal, target } from './target.ts';
import { near, once, several } from './words.ts';

const VERBS = [
  'set server web/web1 state maint',
  'set server web/web1 weight 10',
  'set server web/web1 addr 10.0.0.1 port 80',
  'show servers state web',
  'show stat -1 4 -1',
  'add map /etc/haproxy/hosts.map key value',
  'del map #0 #0x7f00',
  'shutdown sessions server web/web1',
  'show env PATH',
  'show env',
  'get weight web/web1',
].map((text) => text.split(' '));
const WORDS = [
  'web/web1',
  'web',
  'maint',
  '10%',
  '/etc/haproxy/a b.map',
  'a\\',
  '\\;',
  'x<<',
  '<<',
  '<<x',
  '#0',
];

/** Words of a command as a careless caller would pass them on. */
export function commandWords(random: Random): string[] {
  const words = [...random.pick(VERBS)];
  for (let left = random.whole(3); left > 0; left--) {
    const at = random.whole(words.length + 1);
    words.splice(at, once(random, 3) ? 0 : 1, near(random, WORDS));
  }
  return once(random, 20) ? several(random, 0, 6, () => near(random, WORDS)) : words;
}

/** What HAProxy makes of the bytes of one line, written down from its manual and not from our encoder. */
interface Read {
  readonly commands: readonly (readonly string[])[];
  /** The lines that follow would be swallowed until an empty one. */
  readonly beginsPayload: boolean;
}

function readLine(line: string): Read {
  const commands: string[][] = [[]];
  let word: string | undefined;
  const endWord = () => {
    if (word !== undefined) commands.at(-1)?.push(word);
    word = undefined;
  };
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (character === '\\' && at + 1 < line.length) word = (word ?? '') + line.charAt(++at);
    else if (character === ' ' || character === '\t') endWord();
    else if (character === ';') {
      endWord();
      commands.push([]);
    } else word = (word ?? '') + character;
  }
  endWord();
  const rawLast = line.slice(Math.max(line.lastIndexOf(' '), line.lastIndexOf('\t')) + 1);
  // 2.6 looks at the last two bytes, later ones at the beginning of the last word.
  return { commands, beginsPayload: line.endsWith('<<') || rawLast.startsWith('<<') };
}

/** Refused with a code, or one line that HAProxy reads as exactly these words of exactly one command. */
export const commands = target<string[]>({
  name: 'commands',
  share: 340,
  make: commandWords,
  check(words) {
    const line = orRefusal(() => encodeCommand(words), isRuntimeError);
    if (line === undefined) return;
    if (/[\n\r\0]/.test(line)) broken('the line holds an end of line');
    if (Buffer.byteLength(line) > MAX_LINE_BYTES) broken('the line is too long');
    if (Buffer.from(line).toString() !== line) broken('the line is not what UTF-8 carries');
    const read = readLine(line);
    if (read.beginsPayload) broken('the line begins a payload');
    if (JSON.stringify(read.commands) !== JSON.stringify([words]))
      broken(`HAProxy would read ${JSON.stringify(read.commands)}`);
  },
});
