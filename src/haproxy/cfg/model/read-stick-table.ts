import type { StickTableModel } from './model.ts';
import type { Statement } from './statements.ts';
import { parseTimeMs } from './time.ts';

/** Reads `stick-table type … size … expire … peers … store …`; `store` may come several times, with commas inside. */
export function readStickTable({ words, file, line, conditional }: Statement): StickTableModel {
  const after = (keyword: string) => {
    const at = words.indexOf(keyword);
    return at === -1 ? undefined : words[at + 1];
  };
  const [type, size, peers] = [after('type'), after('size'), after('peers')];
  const expireMs = parseTimeMs(after('expire') ?? '');
  return {
    words,
    ...(type !== undefined && { type }),
    ...(size !== undefined && { size }),
    ...(expireMs !== undefined && { expireMs }),
    ...(peers !== undefined && { peers }),
    store: words.flatMap((word, at) => (words[at - 1] === 'store' ? splitStore(word) : [])),
    file,
    line,
    conditional,
  };
}

/** Commas inside parentheses belong to the type. */
function splitStore(text: string): string[] {
  return text.match(/[^,(]+(?:\([^)]*\))?/g) ?? [];
}
