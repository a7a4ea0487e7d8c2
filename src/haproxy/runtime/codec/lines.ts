import { RuntimeError } from './errors.ts';
import { excerpt } from './excerpt.ts';

/** The lines of a body without the empty ones at its end. An empty body has no lines. */
export function linesOf(text: string): string[] {
  const trimmed = text.replace(/\n+$/, '');
  return trimmed === '' ? [] : trimmed.split('\n');
}

/** The error for an answer that is no refusal we know and not what the command answers either. */
export function unexpectedAnswer(command: string, text: string): RuntimeError {
  return new RuntimeError(
    'unexpected-answer',
    `Cannot make sense of the answer to \`${command}\`: ${excerpt(text)}`,
  );
}
