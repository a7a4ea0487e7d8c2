import { applyServerWords, NO_SETTINGS } from './server-keywords.ts';
import type { ServerSettings } from './server-keywords.ts';
import type { Statement } from './statements.ts';

/** What a proxy inherits from its defaults section. Built while its lines are read, in their order. */
export interface ProxySettings {
  mode: string;
  balance: readonly string[];
  hashType: readonly string[];
  /** Name to the words behind it. */
  options: Map<string, readonly string[]>;
  loadServerStateFromFile: 'none' | 'global' | 'local';
  retries: number;
  disabled: boolean;
  cookie: readonly string[];
  defaultBackend: string | undefined;
  defaultServer: ServerSettings;
}

/** What holds where nobody says otherwise. */
export function builtInSettings(): ProxySettings {
  return {
    mode: 'tcp',
    balance: ['roundrobin'],
    hashType: [],
    options: new Map(),
    loadServerStateFromFile: 'none',
    retries: 3,
    disabled: false,
    cookie: [],
    defaultBackend: undefined,
    defaultServer: NO_SETTINGS,
  };
}

export function inheritSettings(from: ProxySettings): ProxySettings {
  return { ...from, options: new Map(from.options) };
}

/** Takes in one line; false when it is none of these. */
export function applySetting(settings: ProxySettings, statement: Statement): boolean {
  const first = statement.words[1] ?? '';
  const rest = () => statement.words.slice(1);
  switch (statement.words[0] ?? '') {
    case 'option':
      applyOption(settings.options, statement);
      return true;
    case 'default-server':
      settings.defaultServer = applyServerWords(settings.defaultServer, rest());
      return true;
    case 'mode':
      settings.mode = first;
      return true;
    case 'balance':
      settings.balance = rest();
      return true;
    case 'hash-type':
      settings.hashType = rest();
      return true;
    case 'cookie':
      settings.cookie = rest();
      return true;
    case 'retries':
      settings.retries = /^\d+$/.test(first) ? Number(first) : settings.retries;
      return true;
    case 'disabled':
    case 'enabled':
      settings.disabled = statement.words[0] === 'disabled';
      return true;
    case 'default_backend':
      settings.defaultBackend = first;
      return true;
    case 'load-server-state-from-file':
      settings.loadServerStateFromFile = first === 'global' || first === 'local' ? first : 'none';
      return true;
    default:
      return false;
  }
}

/** Of each group one is in effect, the last one named. */
const EXCLUSIVE: readonly ReadonlySet<string>[] = [
  new Set(['httpclose', 'forceclose', 'http-server-close', 'http-keep-alive', 'http-tunnel']),
  new Set(
    `httpchk tcp-check ssl-hello-chk smtpchk mysql-check pgsql-check redis-check ldap-check spop-check
    external-check`.split(/\s+/),
  ),
];

function applyOption(options: Map<string, readonly string[]>, { words, modifier }: Statement): void {
  const [, name = '', ...rest] = words;
  // `option redispatch 0` is how that one is switched off without `no`.
  const isOff = modifier !== undefined || (name === 'redispatch' && rest[0] === '0');
  if (!isOff) EXCLUSIVE.find((group) => group.has(name))?.forEach((other) => options.delete(other));
  options.delete(name);
  if (!isOff) options.set(name, rest);
}
