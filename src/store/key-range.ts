import { StoreError } from './errors.ts';

export type Selector = { readonly key: string } | { readonly prefix: string };

/** Lone surrogates: JavaScript holds them, UTF-8 cannot, and two different keys would become one. */
const LONE_SURROGATE = /\p{Surrogate}/u;

export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

export function isSelected(selector: Selector, key: string): boolean {
  return 'key' in selector ? selector.key === key : key.startsWith(selector.prefix);
}

/** Half open: `from` belongs to it, `to` does not; without `to` it has no end. In bytes, as keys are ordered. */
export interface KeyRange {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
}

/** No key is as high: 0xFF is in no UTF-8 text. */
const ABOVE_ALL = Uint8Array.of(0xff);

export function keyRange(selector: Selector): KeyRange {
  if ('key' in selector) return { from: bytes(selector.key), to: bytes(`${selector.key}\0`) };
  return { from: bytes(selector.prefix), to: prefixEnd(bytes(selector.prefix)) };
}

/** The same range behind `after`, or before it when walked downwards. */
export function continueRange(
  range: KeyRange,
  { after, descending }: { readonly after: string; readonly descending: boolean },
): KeyRange {
  const edge = descending ? bytes(after) : bytes(`${after}\0`);
  if (descending) return { from: range.from, to: Buffer.compare(edge, range.to) < 0 ? edge : range.to };
  return { from: Buffer.compare(edge, range.from) > 0 ? edge : range.from, to: range.to };
}

/** UTF-8 bytes never end in 0xFF, so the last byte can always be made one higher. */
function prefixEnd(prefix: Uint8Array): Uint8Array {
  const last = prefix.at(-1);
  if (last === undefined) return ABOVE_ALL;
  const end = Uint8Array.from(prefix);
  end[end.length - 1] = last + 1;
  return end;
}

export function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

export function text(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8');
}

export function checkText(what: string, value: string): void {
  if (isWellFormed(value)) return;
  throw new StoreError('invalid-request', `${what} holds half a character (a lone surrogate)`);
}
