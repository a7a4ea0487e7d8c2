import { createServer } from 'node:http';
import { errorText, HafleetError } from './errors.ts';
import { METRICS_CONTENT_TYPE } from './metrics.ts';

export interface MetricsListener {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * `GET /metrics` without a token, for a Prometheus on the same machine. Loopback only: who runs where is nobody else's business.
 * @throws HafleetError `metrics-off-loopback`, `cannot-listen`
 */
export async function listenForMetrics(
  { host, port }: { readonly host: string; readonly port: number },
  expose: () => string,
): Promise<MetricsListener> {
  if (!isLoopbackHost(host))
    throw new HafleetError(
      'metrics-off-loopback',
      `${host} is not loopback: metrics without a token stay on the machine`,
      {
        hint: 'listen on 127.0.0.1, or scrape GET /metrics of the API with a viewer token',
      },
    );
  const server = createServer((request, response) => {
    const isMetrics = request.method === 'GET' && request.url?.split('?')[0] === '/metrics';
    if (!isMetrics) return void response.writeHead(404).end('GET /metrics is all there is\n');
    response.writeHead(200, { 'content-type': METRICS_CONTENT_TYPE }).end(expose());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new HafleetError(
          'cannot-listen',
          `cannot listen on ${host}:${port} for metrics: ${errorText(cause)}`,
          {
            hint: 'choose another address for the metrics',
            cause,
          },
        ),
      ),
    );
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** `127.0.0.1:9910`, `[::1]:9910`. What is no port at the end is 0: any free one. */
export function readHostPort(text: string): { host: string; port: number } {
  const at = text.lastIndexOf(':');
  return { host: text.slice(0, at).replace(/^\[(.*)\]$/, '$1'), port: Number(text.slice(at + 1)) || 0 };
}

export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
