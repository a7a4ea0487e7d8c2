import type { Answer } from './codec/answer.ts';
import { encodeCommand, type Command } from './codec/encode.ts';
import { RuntimeError } from './codec/errors.ts';
import { excerpt } from './codec/excerpt.ts';
import { unexpectedAnswer } from './codec/lines.ts';
import { findRefusal } from './codec/refusals.ts';
import type { RequestOptions, Transport } from './transport.ts';

/** How the nouns ask. Words in, the text of a complete answer out; a refusal that we know is thrown. */
export interface Ask {
  /** On the kept connection: for answers that nobody from outside can write into. */
  kept(words: readonly string[], options?: RequestOptions): Promise<string>;
  /** On a fresh connection, ended by its end of file: for answers that carry the text of others. */
  fresh(words: readonly string[], options?: RequestOptions): Promise<string>;
  /** For a command that must be silent. Throws the refusal, or `unexpected-answer` with outcome `refused`. */
  silent(words: readonly string[], options?: RequestOptions): Promise<void>;
  /** One line of several commands on a fresh connection. Nothing is judged: the text of all answers as it came. */
  together(commands: readonly (readonly string[])[], options?: RequestOptions): Promise<string>;
  readonly transport: Transport;
}

export function createAsk(transport: Transport): Ask {
  return {
    transport,
    kept: async (words, options) => judged(await transport.request(encodeCommand(words), options)),
    fresh: async (words, options) => judged(await transport.requestOnce([encodeCommand(words)], options)),
    async silent(words, options) {
      const command = encodeCommand(words);
      refuseText(command, judged(await transport.request(command, options)));
    },
    async together(commands, options) {
      const answer = await transport.requestOnce(commands.map(encodeCommand), options);
      return answer.text();
    },
  };
}

function judged(answer: Answer): string {
  // A refusal is short; a long answer need not be searched.
  const text = answer.text();
  throwRefusal(text);
  return text;
}

/** Throws where HAProxy refused in words that we know. */
export function throwRefusal(text: string): void {
  const code = findRefusal(text);
  if (code) throw new RuntimeError(code, `HAProxy: ${excerpt(text.trim())}`);
}

function refuseText(command: Command, text: string): void {
  if (text.trim() === '') return;
  const { message } = unexpectedAnswer(command, text);
  // Success is silent in every version, so any text is a refusal, also one that we never met.
  throw new RuntimeError('unexpected-answer', message, { outcome: 'refused' });
}
