import type { FileReference } from './model.ts';
import type { ActiveSection, Statement } from './statements.ts';

/** `,map_str_int(FILE[,default])`: a converter follows a comma, its arguments may have quotes of their own (manual 2.2). */
const CONVERTER = /,\s*map(?:_[a-z]+)*\(\s*("[^"]*"|'[^']*'|[^,)]*)/g;
const MAP_ACTION = /^(?:set|del)-map\((.*)\)$/s;
const ACL_ACTION = /^(?:add|del)-acl\((.*)\)$/s;

export interface FileReferences {
  readonly mapFiles: readonly FileReference[];
  readonly aclFiles: readonly FileReference[];
}

/** Every map and pattern file a configuration names, each once. */
export function readFiles(sections: readonly ActiveSection[]): FileReferences {
  const maps = new Map<string, FileReference>();
  const acls = new Map<string, FileReference>();
  for (const { statements } of sections) {
    for (const statement of statements) {
      if (!statement.words.some(mayNameFile)) continue;
      mapPaths(statement.words).forEach((path) => addReference(maps, path, statement));
      aclPaths(statement.words).forEach((path) => addReference(acls, path, statement));
    }
  }
  return { mapFiles: [...maps.values()], aclFiles: [...acls.values()] };
}

function mayNameFile(word: string): boolean {
  return word === '-f' || word.includes('map') || word.includes('acl(');
}

function addReference(references: Map<string, FileReference>, path: string, statement: Statement): void {
  const { file, line, conditional } = statement;
  const known = references.get(path);
  // One sure use makes the file needed, wherever the others stand.
  if (known === undefined) references.set(path, { path, file, line, conditional });
  else if (known.conditional && !conditional) references.set(path, { ...known, conditional });
}

function mapPaths(words: readonly string[]): string[] {
  return words.flatMap((word, at) => {
    if (word === '-M') return patternFile(words, at + 1);
    if (!word.includes('map')) return [];
    const action = MAP_ACTION.exec(word)?.[1];
    if (action !== undefined) return [action];
    return Array.from(word.matchAll(CONVERTER), (match) => unquote(match[1] ?? '')).filter(Boolean);
  });
}

/** `-f` means a file in conditions alone: on `acl` lines and between braces. */
function aclPaths(words: readonly string[]): string[] {
  const takesPatterns = words[0] === 'acl' || words.includes('{');
  return words.flatMap((word, at) => {
    if (word === '-f' && takesPatterns && !isMap(words, at)) return words.slice(at + 1, at + 2);
    if (!word.endsWith(')')) return [];
    const action = ACL_ACTION.exec(word)?.[1];
    return action === undefined ? [] : [action];
  });
}

/** `-M` turns the files of the same condition into maps; flags may come in any order. */
function isMap(words: readonly string[], at: number): boolean {
  return words.slice(0, at).includes('-M', words.lastIndexOf('{', at) + 1);
}

function patternFile(words: readonly string[], from: number): string[] {
  const at = words.indexOf('-f', from);
  return at === -1 ? [] : words.slice(at + 1, at + 2);
}

function unquote(text: string): string {
  return text.replace(/^(["'])(.*)\1$/s, '$2').trim();
}
