import { parseDocument, stringify } from 'yaml';
import { fail, ok, type Result } from '../lib/index.ts';
import { escapeText } from './text/index.ts';

/** YAML for people's eyes: strings have their control characters written out, which JSON leaves to its own escapes. */
export function printYaml(value: unknown): string {
  return stringify(escapeStrings(value), { lineWidth: 0, aliasDuplicateObjects: false });
}

/** The value, or the first thing that is wrong in one line. Aliases are refused: they can blow up. */
export function parseYaml(text: string): Result<unknown, string> {
  const document = parseDocument(text);
  const [problem] = document.errors;
  return problem
    ? fail(problem.message.split('\n')[0] ?? 'not YAML')
    : ok(document.toJS({ maxAliasCount: 0 }));
}

function escapeStrings(value: unknown): unknown {
  if (typeof value === 'string') return escapeText(value);
  if (Array.isArray(value)) return value.map(escapeStrings);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [escapeText(key), escapeStrings(inner)]),
  );
}
