import { RuntimeError } from './codec/errors.ts';
import { excerpt } from './codec/excerpt.ts';
import { unexpectedAnswer } from './codec/lines.ts';
import type { Ask } from './ask.ts';
import type { RequestOptions } from './transport.ts';

/**
 * `show env NAME`, operator: its value, or null where the process has none. The form without a name prints the whole
 * environment with every secret in it, so a name is demanded here and there is no other way to this command.
 */
export async function readEnv(ask: Ask, name: string, options?: RequestOptions): Promise<string | null> {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new RuntimeError('word-refused', `Not the name of a variable: ${excerpt(name)}`);
  try {
    return parseEnv(name, await ask.fresh(['show', 'env', name], options));
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'no-such-variable') return null;
    throw error;
  }
}

/** Throws `unexpected-answer`, without an excerpt: whatever came may be a secret. */
export function parseEnv(name: string, text: string): string {
  if (!text.startsWith(`${name}=`) || !text.endsWith('\n')) throw unexpectedAnswer(`show env ${name}`, '');
  return text.slice(name.length + 1, -1);
}
