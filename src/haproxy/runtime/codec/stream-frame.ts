import type { Framer } from './frame.ts';
import { createFramer } from './frame.ts';

/** How much of a streamed answer is kept for its head. */
const HEAD_BYTES = 1024;

/** A framer until end of file that hands the bytes on and keeps only the first kilobyte and the end. */
export interface StreamFramer extends Pick<Framer, 'size'> {
  push(chunk: Uint8Array): undefined;
  /** Throws as {@link Framer.end} does. */
  end(): { readonly size: number; readonly head: string };
}

export function createStreamFramer(onChunk: (chunk: Uint8Array) => void): StreamFramer {
  const head = createFramer({ kind: 'until-eof' });
  let size = 0;
  let last: readonly [number | undefined, number | undefined] = [undefined, undefined];

  return {
    get size() {
      return size;
    },
    push(chunk) {
      if (chunk.length === 0) return undefined;
      // A copy: the chunk is the reader's to recycle, and a slice would keep all 64 kB of it.
      if (size < HEAD_BYTES) head.push(chunk.slice(0, HEAD_BYTES - size));
      size += chunk.length;
      last = chunk.length > 1 ? [chunk.at(-2), chunk.at(-1)] : [last[1], chunk[0]];
      onChunk(chunk);
      return undefined;
    },
    end() {
      if (size <= HEAD_BYTES) return shortAnswer(head);
      // The framer judges by the last bytes: these are the true ones.
      head.push(Uint8Array.of(last[0] ?? 0, last[1] ?? 0));
      const text = head.end().text();
      return { size: size - 1, head: text.slice(0, HEAD_BYTES) };
    },
  };
}

function shortAnswer(framer: Framer): { size: number; head: string } {
  const answer = framer.end();
  return { size: answer.size, head: answer.text() };
}
