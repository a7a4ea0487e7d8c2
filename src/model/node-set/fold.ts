import { compareNatural } from '../../lib/index.ts';
import { foldDigits } from './fold-ranges.ts';
import { foldVectors, type Vector } from './fold-vectors.ts';
import { MAX_RANGE_DIGITS } from './types.ts';

/**
 * The shortest honest spelling of a set of names: `lb[1-4,7]`, `dc[1-2]lb[1-4]`, padding kept. Deterministic: the
 * order and the repetitions of the input do not matter. No names gives the empty text.
 */
export function foldNodeSet(names: Iterable<string>): string {
  const families = new Map<string, Family>();
  for (const name of new Set(names)) addToFamily(families, splitName(name));
  return [...families.entries()]
    .sort(([a], [b]) => compareNatural(a, b))
    .flatMap(([, { texts, vectors }]) => foldVectors(vectors).map((vector) => printVector(texts, vector)))
    .join(',');
}

/** Names with the same text around their numbers: `dc%lb%`. */
interface Family {
  readonly texts: readonly string[];
  readonly vectors: string[][];
}

interface SplitName {
  /** One more than `digits`: the text before, between and after. */
  readonly texts: readonly string[];
  readonly digits: string[];
}

function splitName(name: string): SplitName {
  const texts = [''];
  const digits: string[] = [];
  for (const piece of name.match(/\d+|\D+/g) ?? []) {
    if (/^\d/.test(piece) && piece.length <= MAX_RANGE_DIGITS) {
      digits.push(piece);
      texts.push('');
    } else texts[texts.length - 1] += piece;
  }
  return { texts, digits };
}

function addToFamily(families: Map<string, Family>, { texts, digits }: SplitName): void {
  const key = texts.join('%');
  const family = families.get(key) ?? { texts, vectors: [] };
  family.vectors.push(digits);
  families.set(key, family);
}

function printVector(texts: readonly string[], vector: Vector): string {
  return texts.map((text, index) => text + printDigits(vector[index] ?? [])).join('');
}

function printDigits(digits: readonly string[]): string {
  return digits.length > 1 ? `[${foldDigits(digits)}]` : digits.join('');
}
