import { createAnswer, type Answer } from './answer.ts';
import { RuntimeError } from './errors.ts';
import { excerpt } from './excerpt.ts';
import { findRefusal } from './refusals.ts';

/**
 * Where an answer ends.
 *
 * Prompt mode: the answer, an empty line, the prompt. `body\n` + `\n> `. A body may itself hold a line that begins with
 * `> ` (a value with a newline, read by `show env` or `show map`), so the prompt counts only
 *   1. as the very last bytes received, with exactly one request outstanding: nothing else can follow it, and
 *   2. after an empty line (`\n\n> `), or after a body of one line: 2.6 leaves the empty line out after some errors.
 * What is left is a body that holds an empty line and then `> `, and is split by the network exactly there. No rule on
 * bytes can tell that from an end (2.6 has no command that repeats a word of ours, so a marker of our own is not to be
 * had). So commands whose body others can write (map, env, stat, sess, table) go through a fresh connection, where the
 * end of file ends the answer; and a byte that arrives while nothing is outstanding closes the connection.
 *
 * Fresh connection: until end of file, and then the last bytes must be the empty line; without it the answer was cut,
 * or it is one of the errors of 2.6 that come without (known by text).
 */
export type Framing =
  /** `> ` on a worker; `master> ` or `master[ReloadFailed]> ` on the master socket, which changes with a reload. */
  { readonly kind: 'prompt'; readonly prompts: readonly string[] } | { readonly kind: 'until-eof' };

/** Collects the bytes of one answer. One framer an answer. */
export interface Framer {
  /** Takes what was read, returns the answer when these bytes end it. Throws `answer-too-big`. */
  push(chunk: Uint8Array): Answer | undefined;
  /** The connection has ended. Returns the answer if that ends it, else throws `empty-answer` or `answer-cut`. */
  end(): Answer;
  readonly size: number;
}

export const DEFAULT_MAX_ANSWER_BYTES = 512 * 1024 * 1024;
/** An unfinished text longer than this is no error message. */
const LONGEST_REFUSAL = 1024;
const NEWLINE = 10;

export function createFramer(framing: Framing, maxBytes = DEFAULT_MAX_ANSWER_BYTES): Framer {
  const chunks: Uint8Array[] = [];
  const prompts = framing.kind === 'prompt' ? framing.prompts.map(ascii) : undefined;
  const tail = createTail(Math.max(0, ...(prompts ?? []).map((prompt) => prompt.length)) + 2);
  let size = 0;

  const head = (length: number): string => createAnswer(chunks, Math.min(length, LONGEST_REFUSAL)).text();
  const body = (trim: number): Answer => createAnswer(chunks, size - trim);

  function anyPromptEnd(tokens: readonly Uint8Array[]): Answer | undefined {
    for (const token of tokens) {
      const answer = promptEnd(token);
      if (answer) return answer;
    }
    return undefined;
  }

  function promptEnd(token: Uint8Array): Answer | undefined {
    if (!tail.endsWith(token)) return undefined;
    const before = size - token.length;
    if (before === 1 && tail.fromEnd(token.length) === NEWLINE) return body(token.length + 1);
    if (tail.fromEnd(token.length) !== NEWLINE) return undefined;
    if (tail.fromEnd(token.length + 1) === NEWLINE) return body(token.length + 1);
    return isOneLine(before) ? body(token.length) : undefined;
  }

  function isOneLine(length: number): boolean {
    return length <= LONGEST_REFUSAL && head(length).indexOf('\n') === length - 1;
  }

  function isBareRefusal(): boolean {
    return size <= LONGEST_REFUSAL && tail.fromEnd(0) === NEWLINE && findRefusal(head(size)) !== undefined;
  }

  return {
    get size() {
      return size;
    },
    push(chunk) {
      if (chunk.length === 0) return undefined;
      size += chunk.length;
      if (size > maxBytes)
        throw new RuntimeError('answer-too-big', `The answer has more than ${maxBytes} bytes.`);
      chunks.push(chunk);
      tail.push(chunk);
      return prompts && anyPromptEnd(prompts);
    },
    end() {
      if (size === 0)
        throw new RuntimeError('empty-answer', 'HAProxy closed the connection without an answer.');
      if (prompts) throw cut(head(size), size);
      if (size === 1 && tail.fromEnd(0) === NEWLINE) return body(1);
      if (tail.fromEnd(0) === NEWLINE && tail.fromEnd(1) === NEWLINE) return body(1);
      if (isBareRefusal()) return body(0);
      throw cut(head(size), size);
    },
  };
}

function cut(head: string, size: number): RuntimeError {
  return new RuntimeError('answer-cut', `The answer ended early, after ${size} bytes: ${excerpt(head)}`, {
    facts: { bytes: size },
  });
}

interface Tail {
  push(chunk: Uint8Array): void;
  endsWith(token: Uint8Array): boolean;
  /** The byte `index` places before the last one, or undefined. */
  fromEnd(index: number): number | undefined;
}

/** The last few bytes, whatever the splitting: the end of an answer may come one byte at a time. */
function createTail(length: number): Tail {
  let kept = new Uint8Array(0);
  return {
    push(chunk) {
      if (chunk.length >= length) {
        kept = chunk.slice(-length);
        return;
      }
      const old = kept.subarray(Math.max(0, kept.length + chunk.length - length));
      const next = new Uint8Array(old.length + chunk.length);
      next.set(old);
      next.set(chunk, old.length);
      kept = next;
    },
    endsWith: (token) => token.every((byte, at) => kept[kept.length - token.length + at] === byte),
    fromEnd: (index) => kept[kept.length - 1 - index],
  };
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
