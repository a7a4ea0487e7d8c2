import { RuntimeError } from './codec/errors.ts';
import { excerpt } from './codec/excerpt.ts';

export interface ServerRef {
  readonly backend: string;
  readonly server: string;
}

/**
 * `backend/server` as one word of a command. `/` has a meaning there, and `#` at the beginning turns a name into an id:
 * neither can be in a real name. Throws `word-refused`.
 */
export function serverWord({ backend, server }: ServerRef): string {
  return `${name(backend)}/${name(server)}`;
}

function name(text: string): string {
  if (text !== '' && !text.includes('/') && !text.startsWith('#')) return text;
  throw new RuntimeError('word-refused', `Not the name of a backend or a server: ${excerpt(text)}`);
}
