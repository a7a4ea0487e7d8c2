import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { HafleetError, errorText } from '../../lib/index.ts';

export interface PostOptions {
  readonly url: string;
  readonly body: object;
  readonly bearer: string;
  /** PEM of the authority that signed the server's certificate. Default: those Node knows. */
  readonly ca: string | undefined;
  readonly timeoutMs?: number;
}

export interface PostAnswer {
  readonly status: number;
  readonly text: string;
}

const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * One POST of JSON. Not `fetch`: that one cannot be given an authority.
 * @throws HafleetError `server-unreachable`
 */
export function postJson({ url, body, bearer, ca, timeoutMs = 10_000 }: PostOptions): Promise<PostAnswer> {
  const text = JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${bearer}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  };
  return new Promise((resolve, reject) => {
    const call = url.startsWith('https:') ? requestHttps : requestHttp;
    const fail = (cause: unknown) =>
      reject(
        new HafleetError('server-unreachable', `${url}: ${errorText(cause)}`, { retryable: true, cause }),
      );
    const request = call(
      url,
      { method: 'POST', headers, agent: false, ...(ca !== undefined && { ca }) },
      (answer) => {
        const parts: Buffer[] = [];
        let size = 0;
        answer.on('data', (part: Buffer) => {
          parts.push(part);
          size += part.length;
          if (size > MAX_ANSWER_BYTES) request.destroy(new Error('the answer is too long'));
        });
        answer.once('end', () =>
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }),
        );
        answer.once('error', fail);
      },
    );
    request.setTimeout(timeoutMs, () => request.destroy(new Error('no answer in time')));
    request.once('error', fail);
    request.end(text);
  });
}
