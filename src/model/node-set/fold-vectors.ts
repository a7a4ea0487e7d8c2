import { compareDigits } from './fold-ranges.ts';

/** One set of digits for each number in a name; it stands for their product. */
export type Vector = readonly (readonly string[])[];

/** Beyond this many rows only whole-column folding is tried: pairwise merging is quadratic. */
const MAX_PAIRWISE = 2_000;

/**
 * Joins names that differ in one number only, until nothing joins any more: what ClusterShell does.
 * `dc1lb1 dc1lb2 dc2lb1 dc2lb2` is one product; `dc1lb1 dc2lb2` stays two.
 */
export function foldVectors(names: readonly (readonly string[])[]): Vector[] {
  const rows = names.map((digits) => digits.map((one) => [one])).sort(compareVectors);
  if (rows.length > 0 && rows[0]?.length === 0) return [[]];
  const dense = rows[0]?.length === 1 || rows.length > MAX_PAIRWISE ? foldLastColumn(rows) : rows;
  return dense.length > MAX_PAIRWISE ? dense : mergePairs(dense).sort(compareVectors);
}

function foldLastColumn(rows: readonly Vector[]): Vector[] {
  const groups = new Map<string, { head: Vector; last: string[] }>();
  for (const row of rows) {
    const head = row.slice(0, -1);
    const key = JSON.stringify(head);
    const group = groups.get(key) ?? { head, last: [] };
    group.last.push(...(row.at(-1) ?? []));
    groups.set(key, group);
  }
  return [...groups.values()].map(({ head, last }) => [...head, last]);
}

/** Neighbours first, which is cheap and usually all; then any pair, until nothing joins. */
function mergePairs(rows: readonly Vector[]): Vector[] {
  let current = untilStable(rows, mergeNeighbours);
  for (;;) {
    const next = untilStable(mergeAny(current), mergeNeighbours);
    if (next.length === current.length) return next;
    current = next;
  }
}

function untilStable(rows: readonly Vector[], merge: (rows: readonly Vector[]) => Vector[]): Vector[] {
  let current = [...rows].sort(compareVectors);
  for (;;) {
    const next = merge(current).sort(compareVectors);
    if (next.length === current.length) return next;
    current = next;
  }
}

function mergeNeighbours(rows: readonly Vector[]): Vector[] {
  const merged: Vector[] = [];
  for (const row of rows) {
    const last = merged.at(-1);
    const joined = last && joinVectors(last, row);
    if (joined) merged[merged.length - 1] = joined;
    else merged.push(row);
  }
  return merged;
}

function mergeAny(rows: readonly Vector[]): Vector[] {
  const rest = [...rows];
  const merged: Vector[] = [];
  for (let row = rest.shift(); row; row = rest.shift()) {
    let grown = row;
    for (let other = 0; other < rest.length;) {
      const candidate = rest[other];
      const joined = candidate && joinVectors(grown, candidate);
      if (joined) {
        grown = joined;
        rest.splice(other, 1);
      } else other++;
    }
    merged.push(grown);
  }
  return merged;
}

/** The union, when it is again a product: exactly one column differs. */
function joinVectors(a: Vector, b: Vector): Vector | undefined {
  let differing = -1;
  for (let column = 0; column < a.length; column++) {
    if (sameDigits(a[column] ?? [], b[column] ?? [])) continue;
    if (differing >= 0) return undefined;
    differing = column;
  }
  return a.map((digits, column) => (column === differing ? union(digits, b[column] ?? []) : digits));
}

function sameDigits(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((digits, index) => digits === b[index]));
}

function union(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])].sort(compareDigits);
}

/** The largest product first, as ClusterShell prints them; then by value. */
function compareVectors(a: Vector, b: Vector): number {
  const bySize = vectorSize(b) - vectorSize(a);
  if (bySize !== 0) return bySize;
  for (let column = 0; column < a.length; column++) {
    const order = compareDigitLists(a[column] ?? [], b[column] ?? []);
    if (order !== 0) return order;
  }
  return 0;
}

function vectorSize(vector: Vector): number {
  return vector.reduce((size, digits) => size * digits.length, 1);
}

function compareDigitLists(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const order = compareDigits(a[index] ?? '', b[index] ?? '');
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
