import { type Configuration, globalLines, quoteLine } from '../config-lines.ts';
import { type Remark, listNames, remark } from '../finding.ts';
import { valueOf } from './server-words.ts';

/** TLS to servers that answers to anybody. */
export function checkVerify(config: Configuration): Remark[] {
  const global = globalLines(config, 'ssl-server-verify', 'none');
  const open = config.model.proxies.flatMap((proxy) =>
    proxy.servers
      .filter(({ effective }) => effective.includes('ssl') && valueOf(effective, 'verify') === 'none')
      .map((server) => ({ backend: proxy.name, server })),
  );
  if (global.length === 0 && open.length === 0) return [];
  const where = open.length > 0 ? ` in ${listNames(open.map(({ backend }) => backend))}` : '';
  return [
    remark('warning', 'ssl-verify-none', `TLS to servers${where} does not check whom it speaks to`, {
      evidence: [...global.map(quoteLine), ...open.map(({ server }) => config.quote(server))],
      fix: ['ssl verify required ca-file /etc/ssl/certs/ca-certificates.crt'],
    }),
  ];
}
