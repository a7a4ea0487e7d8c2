/**
 * One complete answer, without the empty line that ends it and without a prompt. Silent success is an answer of
 * size 0: HAProxy sent exactly one newline.
 */
export interface Answer {
  readonly size: number;
  /** Decoded as UTF-8 at the first call; bytes that are not valid become U+FFFD. */
  text(): string;
  bytes(): Uint8Array;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Joins a list of buffers once, at the end: growing one buffer for each read costs seconds on 100 MB. */
export function createAnswer(chunks: readonly Uint8Array[], size: number): Answer {
  let joined: Uint8Array | undefined;
  let decoded: string | undefined;
  const bytes = (): Uint8Array => (joined ??= join(chunks, size));
  return { size, bytes, text: () => (decoded ??= decoder.decode(bytes())) };
}

/** The first `size` bytes of the list. */
function join(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const first = chunks[0];
  if (first && first.length >= size) return first.subarray(0, size);
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    const part = at + chunk.length > size ? chunk.subarray(0, size - at) : chunk;
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
