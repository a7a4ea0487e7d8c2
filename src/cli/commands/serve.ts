import { createLogger } from '../../lib/index.ts';
import { defineCommand } from '../command.ts';
import { userDataFolder } from '../config/index.ts';
import { usageError } from '../errors.ts';
import { runUntilSignal } from '../programs.ts';
import { VERSION } from '../version.ts';

interface ServeOptions {
  readonly dataFolder: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly metricsListen: ServeOptions['listen'] | undefined;
}

export const DEFAULT_LISTEN = '127.0.0.1:8700';

export const command = defineCommand<ServeOptions>({
  about:
    'Logs JSON lines to standard error (level: HAFLEET_LOG) and ends with SIGTERM or Ctrl-C. Losing it changes ' +
    'nothing for traffic. Off loopback it wants a certificate, for tokens travel in every request.',
  options: [
    {
      flags: '--data <dir>',
      text: 'folder for the store and the first tokens (default: $XDG_DATA_HOME/hafleet)',
    },
    { flags: '--listen <address>', text: `HOST:PORT (default ${DEFAULT_LISTEN})` },
    { flags: '--tls-cert <file>', text: 'certificate, PEM' },
    { flags: '--tls-key <file>', text: 'its key, PEM' },
    {
      flags: '--metrics-listen <address>',
      text: '/metrics without a token: HOST:PORT of this machine, such as 127.0.0.1:9901',
    },
  ],
  examples: [
    'hafleet serve --data /var/lib/hafleet',
    'hafleet serve --data /var/lib/hafleet --listen 0.0.0.0:8700 --tls-cert hafleet.crt --tls-key hafleet.key',
  ],
  read: (_args, typed, cli) => ({
    dataFolder: typed.text('data') ?? userDataFolder(cli.world.env),
    listen: readListen(typed.text('listen') ?? DEFAULT_LISTEN),
    tls: readTls(typed.text('tls-cert'), typed.text('tls-key')),
    metricsListen: readMetricsListen(typed.text('metrics-listen')),
  }),
  async run(cli, { dataFolder, listen, tls, metricsListen }) {
    const log = createLogger('hafleet-server', cli.world.env['HAFLEET_LOG'] || 'info');
    const { startServer } = await import('../../server/main.ts');
    return runUntilSignal(cli.world, log, async () => {
      const server = await startServer({
        dataFolder,
        listen,
        version: VERSION,
        log,
        ...(tls ? { tls } : {}),
        ...(metricsListen ? { metricsListen } : {}),
      });
      const { url, adminTokenFile, joinTokenFile, metricsUrl } = server;
      log.info({ url, adminTokenFile, joinTokenFile, metricsUrl }, 'serving');
      return server;
    });
  },
});

function readMetricsListen(text: string | undefined): ServeOptions['metricsListen'] {
  return text === undefined ? undefined : readListen(text, '--metrics-listen');
}

/** `127.0.0.1:8700`, `[::1]:8700`, `:8700` (every address) or a port alone (loopback). */
export function readListen(
  text: string,
  option = '--listen',
): { readonly host: string; readonly port: number } {
  const match = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535)
    throw usageError(`${option}: \`${text}\` is not HOST:PORT`, `such as ${DEFAULT_LISTEN}`);
  const host = match[1] ?? match[2];
  return { host: host === undefined ? '127.0.0.1' : host === '' ? '0.0.0.0' : host, port };
}

export function readTls(certFile: string | undefined, keyFile: string | undefined): ServeOptions['tls'] {
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile };
  if (certFile === undefined && keyFile === undefined) return undefined;
  throw usageError('--tls-cert and --tls-key go together');
}
