/** One HTTP/1.1 answer, as much of it as the generator looks at. */
export interface Answer {
  readonly status: number;
  readonly server: string;
  /** The other side said that it closes the connection after this. */
  readonly closes: boolean;
}

/** Bytes in, at most one answer out. Never throws: `bad` is what is not HTTP. */
export interface AnswerReader {
  /** Undefined: more bytes are needed. */
  push(part: Buffer): Answer | 'bad' | undefined;
  /** The connection ended: the answer whose length only the end tells, or undefined when nothing whole came. */
  end(): Answer | undefined;
  readonly empty: boolean;
}

const CRLFCRLF = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

function header(head: string, name: string): string {
  const at = head.indexOf(`\r\n${name}:`);
  if (at < 0) return '';
  const start = at + name.length + 3;
  const end = head.indexOf('\r\n', start);
  return head.slice(start, end < 0 ? undefined : end).trim();
}

interface Head extends Answer {
  readonly bodyAt: number;
  /** -1: until the last chunk; -2: until the connection ends. */
  readonly length: number;
}

function readHead(bytes: Buffer, end: number): Head | 'bad' {
  // HAProxy sends header names in lower case, and so do the harness's applications.
  const head = bytes.toString('latin1', 0, end);
  const status = Number(head.slice(9, 12));
  if (!head.startsWith('HTTP/1.') || !(status >= 100)) return 'bad';
  const lengthText = header(head, 'content-length');
  const chunked = header(head, 'transfer-encoding') === 'chunked';
  return {
    status,
    server: header(head, 'x-server'),
    closes: header(head, 'connection') === 'close',
    bodyAt: end + 4,
    length: lengthText !== '' ? Number(lengthText) : chunked ? -1 : -2,
  };
}

function isWhole(bytes: Buffer, { bodyAt, length }: Head): boolean {
  if (length >= 0) return bytes.length >= bodyAt + length;
  // Nothing is pipelined, so the last chunk can only be the last bytes.
  return length === -1 && bytes.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK);
}

export function createAnswerReader(): AnswerReader {
  let bytes: Buffer = Buffer.alloc(0);
  let head: Head | undefined;

  function take(): Answer | undefined {
    const answer = head;
    bytes = Buffer.alloc(0);
    head = undefined;
    return answer;
  }
  return {
    get empty() {
      return bytes.length === 0;
    },
    push(part) {
      bytes = bytes.length === 0 ? part : Buffer.concat([bytes, part]);
      if (!head) {
        const end = bytes.indexOf(CRLFCRLF);
        if (end < 0) return undefined;
        const read = readHead(bytes, end);
        if (read === 'bad') return 'bad';
        head = read;
      }
      return isWhole(bytes, head) ? take() : undefined;
    },
    end: () => (head?.length === -2 ? take() : undefined),
  };
}
