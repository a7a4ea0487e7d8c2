/**
 * The rows of HAProxy's CSV, header included. Fields with a comma or a quote stand in quotes, quotes inside are doubled;
 * a newline may stand inside quotes. Undefined where the text ends inside quotes or after something else than a newline.
 */
export function parseCsv(text: string): string[][] | undefined {
  if (!text.endsWith('\n')) return undefined;
  // Most answers quote nothing, and 3 MB a read are split fastest by the engine itself.
  if (!text.includes('"'))
    return text
      .replace(/\n+$/, '')
      .split('\n')
      .map((line) => line.split(','));
  return parseQuoted(text);
}

function parseQuoted(text: string): string[][] | undefined {
  const rows: string[][] = [];
  let row: string[] = [];
  const field = /"((?:[^"]|"")*)"(?=[,\n])|([^",\n]*)(?=[,\n])/y;
  let at = 0;
  while (at < text.length) {
    field.lastIndex = at;
    const match = field.exec(text);
    if (!match) return undefined;
    row.push(match[1] === undefined ? (match[2] ?? '') : match[1].replaceAll('""', '"'));
    at = field.lastIndex + 1;
    if (text.charAt(field.lastIndex) === '\n') {
      rows.push(row);
      row = [];
    }
  }
  while (rows.at(-1)?.length === 1 && rows.at(-1)?.[0] === '') rows.pop();
  return rows;
}
