import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAnswerReader } from './answer.ts';

const WHOLE = {
  length: 'HTTP/1.1 200 OK\r\nx-server: app1\r\ncontent-length: 3\r\n\r\nabc',
  empty: 'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n',
  chunked: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
};

describe('the answer reader', () => {
  it('reads status, serving application and whether the connection stays', () => {
    const read = (text: string) => createAnswerReader().push(Buffer.from(text));
    expect(read(WHOLE.length)).toMatchObject({ status: 200, server: 'app1', closes: false });
    expect(read(WHOLE.empty)).toMatchObject({ status: 503, server: '', closes: true });
    expect(read(WHOLE.chunked)).toMatchObject({ status: 200 });
  });

  it('finds the end wherever the bytes are cut, and not before it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(WHOLE)), fc.array(fc.nat(80)), (text, cuts) => {
        const places = [...new Set(cuts.filter((cut) => cut > 0 && cut < text.length))].sort((a, b) => a - b);
        const reader = createAnswerReader();
        let from = 0;
        for (const to of places) {
          expect(reader.push(Buffer.from(text.slice(from, to)))).toBeUndefined();
          from = to;
        }
        expect(reader.push(Buffer.from(text.slice(from)))).toMatchObject({ closes: text === WHOLE.empty });
      }),
    );
  });

  it('takes the end of the connection for the end of an answer without a length only', () => {
    const reader = createAnswerReader();
    expect(reader.push(Buffer.from('HTTP/1.0 200 OK\r\n\r\nabc'))).toBeUndefined();
    expect(reader.end()).toMatchObject({ status: 200 });
    const cut = createAnswerReader();
    cut.push(Buffer.from(WHOLE.length.slice(0, -1)));
    expect(cut.end()).toBeUndefined();
  });

  it('knows what is not HTTP', () => {
    expect(createAnswerReader().push(Buffer.from('SSH-2.0-x\r\n\r\n'))).toBe('bad');
  });
});
