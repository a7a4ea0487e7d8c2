import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Fetch } from '../api/index.ts';

export interface HttpFetchOptions {
  /** PEM text of the CA to trust instead of the system's. */
  readonly ca?: string | undefined;
  /** Longest silence of the server before a request fails, in ms. A long poll adds its own `waitMs`. */
  readonly silenceMs: number;
}

/** The largest answer that is taken: a status of 1,000 nodes × 500 servers has some 40 MB. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/**
 * `fetch` for the API client on node:http. Node's own fetch loads another 20 ms of code and cannot be given a CA.
 * One connection a request: it leaves nothing open that would keep the program from ending.
 */
export function createHttpFetch({ ca, silenceMs }: HttpFetchOptions): Fetch {
  return (url, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const target = new URL(url);
      const options = { method, headers, agent: false, ...(signal ? { signal } : {}) };
      const onAnswer = (answer: IncomingMessage) => {
        readAnswer(answer).then((text) => {
          resolve({ status: answer.statusCode ?? 0, text: () => Promise.resolve(text) });
        }, reject);
      };
      const request =
        target.protocol === 'https:'
          ? httpsRequest(target, { ...options, ...(ca === undefined ? {} : { ca }) }, onAnswer)
          : httpRequest(target, options, onAnswer);
      request.setTimeout(silenceMs + waitOf(target), () => {
        request.destroy(new Error(`no answer for ${(silenceMs + waitOf(target)) / 1_000} s`));
      });
      request.on('error', reject);
      request.end(body);
    });
}

function waitOf(url: URL): number {
  return Number(url.searchParams.get('waitMs') ?? 0);
}

async function readAnswer(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  if (!answer.complete) throw new Error('the answer ended early');
  return Buffer.concat(chunks).toString('utf8');
}
