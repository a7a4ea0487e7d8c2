import { request } from 'node:http';

export interface Got {
  readonly status: number;
  /** The application that answered, by its `x-server` header. */
  readonly server: string | undefined;
  readonly body: string;
}

/** One GET on a connection of its own. Rejects when there was no whole answer. */
export function get(
  { address, port }: { readonly address: string; readonly port: number },
  path = '/',
  headers: Readonly<Record<string, string>> = {},
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const call = request({ host: address, port, path, headers: { ...headers }, agent: false }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (part: string) => (body += part));
      answer.once('error', reject);
      answer.once('end', () => {
        const server = answer.headers['x-server']?.toString();
        resolve({ status: answer.statusCode ?? 0, server, body });
      });
    });
    call.setTimeout(5_000, () => call.destroy(new Error('no answer within 5 s')));
    call.once('error', reject);
    call.end();
  });
}
