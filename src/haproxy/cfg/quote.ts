const NEEDS_QUOTES = /[\s"'\\#$]/;

/**
 * A value as one word of haproxy.cfg: as it is where that is safe, else in single quotes, else in double quotes with
 * escapes. A NUL cannot be written; the part before it is what HAProxy would see.
 */
export function quoteWord(value: string): string {
  if (value !== '' && !NEEDS_QUOTES.test(value)) return value;
  if (!/['\r\n]/.test(value)) return `'${value}'`;
  const escaped = value
    .replace(/[\\"$]/g, (char) => `\\${char}`)
    .replaceAll('\r', '\\r')
    .replaceAll('\n', '\\n');
  return `"${escaped}"`;
}
