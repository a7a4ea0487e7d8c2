import { rangeNumbers, rangeSize } from './range.ts';
import type { NamePart } from './types.ts';

/** How many names a pattern spells out, without making them. */
export function patternSize(parts: readonly NamePart[]): number {
  return parts.reduce((size, part) => size * partSize(part), 1);
}

function partSize(part: NamePart): number {
  if (part.kind === 'text') return 1;
  return part.ranges.reduce((size, range) => size + rangeSize(range), 0);
}

/** All names of a pattern, the last range running fastest. */
export function expandPattern(parts: readonly NamePart[]): string[] {
  return parts.reduce<string[]>((heads, part) => heads.flatMap((head) => extend(head, part)), ['']);
}

function extend(head: string, part: NamePart): string[] {
  if (part.kind === 'text') return [head + part.text];
  return part.ranges.flatMap((range) => Array.from(rangeNumbers(range), (digits) => head + digits));
}

/** `lb*` and `lb?`. Linear: no regular expression, so no pattern of a stranger can make it slow. */
export function matchesGlob(glob: string, name: string): boolean {
  let [g, n] = [0, 0];
  let star = -1;
  let resume = 0;
  while (n < name.length) {
    if (glob[g] === '*') {
      star = g++;
      resume = n;
    } else if (glob[g] === '?' || glob[g] === name[n]) {
      g++;
      n++;
    } else if (star >= 0) {
      g = star + 1;
      n = ++resume;
    } else return false;
  }
  while (glob[g] === '*') g++;
  return g === glob.length;
}
