import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { EXIT } from '../../api/index.ts';
import { errorText, systemErrorCode } from '../../lib/index.ts';
import { CliError } from '../errors.ts';

export interface TokenFile {
  readonly token: string;
  /** Said when others can read the file. */
  readonly warning?: string;
}

/** @throws CliError (13) when there is no token to be had from it. */
export function readTokenFile(path: string): TokenFile {
  checkTokenPath(path);
  const { text, mode } = readWithMode(path);
  const token = text.trim();
  if (!/^[\x21-\x7e]+$/.test(token))
    throw noToken(path, token === '' ? 'the token file is empty' : 'the token file does not hold one token');
  if ((mode & 0o077) === 0) return { token };
  const bits = (mode & 0o777).toString(8).padStart(4, '0');
  return {
    token,
    warning: `${path} can be read by others (mode ${bits}): chmod 600 it, and get a new token if it leaked`,
  };
}

/**
 * Whoever gives the token itself where the name of its file belongs is told so without it: messages end up in tickets.
 * @throws CliError (13)
 */
export function checkTokenPath(path: string): string {
  if (!/^hafleet_(api|join|node)_/.test(basename(path))) return path;
  throw new CliError(EXIT.notAllowed, 'this is a token itself, not the name of the file that holds it', {
    hint: 'write it into a file that only you may read, and name that with --token-file',
  });
}

/** Mode and text of the same open file, so that nobody swaps it in between. */
function readWithMode(path: string): { readonly text: string; readonly mode: number } {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    return { mode: fstatSync(file).mode, text: readFileSync(file, 'utf8') };
  } catch (thrown) {
    const missing = systemErrorCode(thrown) === 'ENOENT';
    throw noToken(
      path,
      missing ? 'the token file does not exist' : `the token file cannot be read: ${errorText(thrown)}`,
    );
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function noToken(path: string, message: string): CliError {
  return new CliError(EXIT.notAllowed, message, {
    where: path,
    hint: 'name the right one with --token-file, or with `hafleet context add`',
  });
}
