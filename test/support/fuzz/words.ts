import type { Random } from '../random.ts';
import { NAMELY, SPECIAL } from './special.ts';

const LONG = 10_000;

/** True once in `times`. */
export function once(random: Random, times: number): boolean {
  return random.whole(times) === 0;
}

/** A text near one of `seeds`: itself at times, mostly with one to four things done to it. */
export function near(random: Random, seeds: readonly string[]): string {
  let text = random.pick(seeds);
  for (let left = random.whole(5); left > 0; left--) text = mutate(random, text, seeds);
  return text;
}

/** Between `least` and `most` of what `make` makes. */
export function several<T>(random: Random, least: number, most: number, make: () => T): T[] {
  return Array.from({ length: least + random.whole(most - least + 1) }, make);
}

/** One thing done to a text. */
export function mutate(random: Random, text: string, others: readonly string[]): string {
  const at = random.whole(text.length + 1);
  const end = Math.min(text.length, at + 1 + random.whole(8));
  const [before, after] = [text.slice(0, at), text.slice(at)];
  switch (random.whole(10)) {
    case 9:
      return replaceWord(random, text, at, others);
    case 0:
    case 1:
    case 2:
      return before + random.pick(SPECIAL) + after;
    case 3:
      return before + text.slice(end);
    case 4:
      return before + text.slice(at, end) + text.slice(at);
    case 5:
      return before + random.pick(SPECIAL) + text.slice(end);
    case 6:
      return before + random.pick(others) + after;
    case 7:
      return before + String.fromCharCode(random.whole(once(random, 3) ? 0x10000 : 0x100)) + after;
    default:
      // Lengths that no name has, seldom: each costs as much as a hundred others.
      if (!once(random, 100)) return random.pick(SPECIAL) + text;
      return before + (text.slice(at, end) || 'x').repeat(LONG).slice(0, LONG) + after;
  }
}

/** The word, field or number at this place becomes another one. */
function replaceWord(random: Random, text: string, at: number, others: readonly string[]): string {
  const before = /[\w.]*$/.exec(text.slice(Math.max(0, at - 50), at))?.[0].length ?? 0;
  const after = /^[\w.]*/.exec(text.slice(at, at + 50))?.[0].length ?? 0;
  const other = once(random, 2) ? random.pick(NAMELY) : random.pick(others);
  return text.slice(0, at - before) + other + text.slice(at + after);
}

/** A text of which one line was changed, left out, doubled or swapped with another: what a parser of lines meets. */
export function nearLines(random: Random, seeds: readonly string[]): string {
  const lines = random.pick(seeds).split('\n');
  for (let left = random.whole(4); left > 0; left--) {
    const at = random.whole(lines.length);
    const line = lines[at] ?? '';
    const how = random.whole(6);
    if (how === 0) lines.splice(at, 1);
    else if (how === 1) lines.splice(at, 0, line);
    else if (how === 2) lines[at] = random.pick(random.pick(seeds).split('\n'));
    else lines[at] = mutate(random, line, [line, '']);
  }
  const text = lines.join('\n');
  return once(random, 4) ? text.slice(0, random.whole(text.length + 1)) : text;
}
