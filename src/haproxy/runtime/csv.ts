/**
 * The rows of HAProxy's CSV, header included. Fields with a comma or a quote stand in quotes, quotes inside are doubled;
 * a newline may stand inside quotes. Undefined where the text ends inside quotes or after something else than a newline,
 * or where a quote stands in the middle of a field.
 */
export function parseCsv(text: string): string[][] | undefined {
  if (!text.endsWith('\n')) return undefined;
  const rows: string[][] = [];
  let open = '';
  for (const line of text.replace(/\n+$/, '').split('\n')) {
    const record = open === '' ? line : `${open}\n${line}`;
    const isWhole = hasEvenQuotes(record);
    open = isWhole ? '' : record;
    const row = isWhole ? splitRecord(record) : [];
    if (!row) return undefined;
    if (isWhole) rows.push(row);
  }
  return open === '' ? rows : undefined;
}

function hasEvenQuotes(record: string): boolean {
  return !record.includes('"') || record.split('"').length % 2 === 1;
}

/** Most records quote nothing, and 3 MB a read are split fastest by the engine itself. */
function splitRecord(record: string): string[] | undefined {
  return record.includes('"') ? splitQuoted(record) : record.split(',');
}

function splitQuoted(record: string): string[] | undefined {
  const fields: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",]*))(?:,|$)/y;
  while (field.lastIndex < record.length || record.charAt(field.lastIndex - 1) === ',') {
    const match = field.exec(record);
    if (!match) return undefined;
    fields.push(match[1] === undefined ? (match[2] ?? '') : match[1].replaceAll('""', '"'));
    // At the very end an empty last field was taken: the next round would take it again.
    if (!match[0].endsWith(',')) break;
  }
  return fields;
}
