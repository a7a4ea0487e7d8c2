import { stringify } from 'yaml';
import { escapeText } from './text/index.ts';

/** YAML for people's eyes: strings have their control characters written out, which JSON leaves to its own escapes. */
export function printYaml(value: unknown): string {
  return stringify(escapeStrings(value), { lineWidth: 0, aliasDuplicateObjects: false });
}

function escapeStrings(value: unknown): unknown {
  if (typeof value === 'string') return escapeText(value);
  if (Array.isArray(value)) return value.map(escapeStrings);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [escapeText(key), escapeStrings(inner)]),
  );
}
