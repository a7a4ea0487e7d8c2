import { readFileSync } from 'node:fs';
import { HafleetError, errorText } from '../../lib/index.ts';

/** @throws HafleetError `ca-unreadable` */
export function readAuthority(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new HafleetError('ca-unreadable', errorText(cause), {
      hint: 'the local file names it as `ca` of a server',
      cause,
    });
  }
}
