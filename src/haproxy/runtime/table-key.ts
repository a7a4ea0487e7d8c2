const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();
const NAMED: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, e: 27 };

/**
 * A key of `show table` as it is. Spaces, `=` and `\` stand behind a backslash, other bytes as `\n`, `\r`, `\t`, `\e` or
 * `\xC3`. Quotes are part of the key: no version quotes keys.
 */
export function unescapeKey(rawKey: string): string {
  if (!rawKey.includes('\\')) return rawKey;
  const bytes: number[] = [];
  for (const [, hex, escaped, plain] of rawKey.matchAll(/\\x([0-9A-Fa-f]{2})|\\(.)|([^\\]+)/gsu)) {
    if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else if (escaped !== undefined)
      bytes.push(...(NAMED[escaped] === undefined ? encoder.encode(escaped) : [NAMED[escaped]]));
    else bytes.push(...encoder.encode(plain));
  }
  return decoder.decode(Uint8Array.from(bytes));
}
