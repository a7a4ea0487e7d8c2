import { type ProxyModel, canRedispatch } from '../../../haproxy/cfg/index.ts';
import type { Configuration } from '../config-lines.ts';
import { type Remark, listNames, remark } from '../finding.ts';

/** What requests lose when a server dies, or when HAProxy is reloaded. */
export function checkTraffic({ model, quote }: Configuration): Remark[] {
  return [...checkRedispatch(model.proxies, quote), ...checkIdleClose(model.proxies, quote)];
}

type Quote = Configuration['quote'];

/** With one server there is nowhere else to go. */
function checkRedispatch(proxies: readonly ProxyModel[], quote: Quote): Remark[] {
  const backends = proxies.filter(({ servers }) => servers.length > 1);
  const without = backends.filter((proxy) => !canRedispatch(proxy));
  const never = backends.filter((proxy) => canRedispatch(proxy) && proxy.retries === 0);
  const found = [
    ...(without.length > 0
      ? [
          remark(
            'warning',
            'redispatch',
            `requests die with a server that just died, in ${listNames(without.map(({ name }) => name))}: there is no option redispatch`,
            { evidence: without.map(quote), fix: ['option redispatch      # in defaults'] },
          ),
        ]
      : []),
    ...(never.length > 0
      ? [
          remark(
            'warning',
            'redispatch',
            `option redispatch does nothing in ${listNames(never.map(({ name }) => name))}: retries is 0`,
            { evidence: never.map(quote), fix: ['retries 3'] },
          ),
        ]
      : []),
  ];
  if (found.length > 0 || backends.length === 0) return found;
  return [remark('ok', 'redispatch', 'redispatch everywhere')];
}

/** An option of frontends (2.4 on): the worker that leaves closes a connection only behind an answer. */
function checkIdleClose(proxies: readonly ProxyModel[], quote: Quote): Remark[] {
  const http = proxies.filter(
    ({ kind, mode, binds }) => kind !== 'backend' && mode === 'http' && binds.length > 0,
  );
  const without = http.filter(({ options }) => !options.includes('idle-close-on-response'));
  if (http.length === 0) return [];
  if (without.length === 0) return [remark('ok', 'idle-close-on-response', 'keep-alive safe at reloads')];
  return [
    remark(
      'warning',
      'idle-close-on-response',
      `clients that keep connections lose requests at each reload, on ${listNames(without.map(({ name }) => name))}`,
      { evidence: without.map(quote), fix: ['option idle-close-on-response      # in defaults'] },
    ),
  ];
}
