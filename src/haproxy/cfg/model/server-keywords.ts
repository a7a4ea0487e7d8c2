/** Keywords of `server` lines that take a value. The others take none (manual 5.2, 2.6 to 3.4). */
const WITH_VALUE = new Set(
  `addr agent-addr agent-inter agent-port agent-send alpn ca-file cc check-alpn check-pool-conn-name check-proto check-sni
  ciphers ciphersuites client-sigalgs cookie crl-file crt curves downinter error-limit fall fastinter guid hash-key
  healthcheck id idle-ping init-addr init-state inter interface ktls log-bufsize log-proto max-reuse maxconn maxqueue
  minconn namespace npn observe on-error on-marked-down on-marked-up pool-conn-name pool-low-conn pool-max-conn
  pool-purge-delay port proto proxy-v2-options quic-cc-algo redir resolve-net resolve-opts resolve-prefer resolvers rise
  shard sigalgs slowstart sni socks4 source ssl-max-ver ssl-min-ver tcp-md5sig tcp-ut track usesrc verify verifyhost weight
  ws`.split(/\s+/),
);

/** What each of these takes off, giving HAProxy's own default back. */
const TAKES_OFF: ReadonlyMap<string, string> = new Map(
  Object.entries({
    enabled: 'disabled',
    stick: 'non-stick',
    'ssl-reuse': 'no-ssl-reuse',
    'tls-tickets': 'no-tls-tickets',
    renegotiate: 'no-renegotiate',
    'no-agent-check': 'agent-check',
    'no-backup': 'backup',
    'no-check': 'check',
    'no-check-reuse-pool': 'check-reuse-pool',
    'no-check-send-proxy': 'check-send-proxy',
    'no-check-sni-auto': 'check-sni-auto',
    'no-check-ssl': 'check-ssl',
    'no-send-proxy': 'send-proxy',
    'no-send-proxy-v2': 'send-proxy-v2',
    'no-send-proxy-v2-ssl': 'send-proxy-v2-ssl',
    'no-send-proxy-v2-ssl-cn': 'send-proxy-v2-ssl-cn',
    'no-sni-auto': 'sni-auto',
    'no-ssl': 'ssl',
    'no-tfo': 'tfo',
    'no-verifyhost': 'verifyhost',
  }),
);

/**
 * Keywords in the order in effect, each followed by its value, '' where it takes none. A flat list because there are
 * few of them and thousands of servers: maps cost three times as much.
 */
export type ServerSettings = readonly string[];

export const NO_SETTINGS: ServerSettings = [];

/** Lays the words of a `server` or `default-server` line over what held before; `base` stays as it is. */
export function applyServerWords(base: ServerSettings, words: readonly string[]): ServerSettings {
  const settings = base.slice();
  for (let at = 0; at < words.length;) {
    const keyword = words[at] ?? '';
    const value = takesValue(keyword) ? (words[at + 1] ?? '') : '';
    setKeyword(settings, keyword, value);
    at += value === '' ? 1 : 2;
  }
  return settings;
}

/** The value of a keyword, '' when it takes none, undefined when it is not there. */
export function settingOf(settings: ServerSettings, keyword: string): string | undefined {
  const at = indexOfKeyword(settings, keyword);
  return at === -1 ? undefined : settings[at + 1];
}

function setKeyword(settings: string[], keyword: string, value: string): void {
  dropKeyword(settings, keyword);
  if (keyword === 'source') ['usesrc', 'interface'].forEach((word) => dropKeyword(settings, word));
  const opposite = TAKES_OFF.get(keyword);
  if (opposite === undefined) settings.push(keyword, value);
  else dropKeyword(settings, opposite);
}

function dropKeyword(settings: string[], keyword: string): void {
  const at = indexOfKeyword(settings, keyword);
  if (at !== -1) settings.splice(at, 2);
}

function indexOfKeyword(settings: ServerSettings, keyword: string): number {
  for (let at = 0; at < settings.length; at += 2) if (settings[at] === keyword) return at;
  return -1;
}

/** The words that make these settings on another server: all but the `id`, which is one server's own. */
export function wordsOf(settings: ServerSettings): string[] {
  return settings.filter((word, at) => word !== '' && settings[at - (at % 2)] !== 'id');
}

/** `set-proxy-v2-tlv-fmt(0x20) FORMAT` is the one keyword that carries an argument of its own. */
function takesValue(keyword: string): boolean {
  return WITH_VALUE.has(keyword) || keyword.startsWith('set-proxy-v2-tlv-fmt(');
}
