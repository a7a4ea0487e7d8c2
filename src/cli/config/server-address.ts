import { usageError } from '../errors.ts';

/**
 * An address as it may be kept and shown: it stands in messages, contexts and logs, so it has no password in it.
 * @throws CliError (64)
 */
export function checkServerAddress(text: string): string {
  if (text.includes('@'))
    throw usageError(
      'the address of a server has no user and password in it',
      'give a token with --token-file FILE, or once with `hafleet context add`',
    );
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text;
  throw usageError(`\`${text}\` is not the address of a server`, 'write http://HOST:PORT or https://HOST');
}
