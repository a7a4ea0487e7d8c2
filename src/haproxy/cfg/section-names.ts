/** The sections of HAProxy 1.x to 3.4, and whether each needs a name. A word here begins a section wherever it stands. */
const NEEDS_NAME: Readonly<Record<string, boolean>> = {
  global: false,
  defaults: false,
  frontend: true,
  backend: true,
  listen: true,
  peers: true,
  resolvers: true,
  mailers: true,
  userlist: true,
  cache: true,
  program: true,
  ring: true,
  'http-errors': true,
  'fcgi-app': true,
  'log-forward': true,
  'log-profile': true,
  'crt-store': false,
  traces: false,
  acme: true,
  healthcheck: true,
  namespace_list: false,
};

export function isSectionKeyword(word: string): boolean {
  return Object.hasOwn(NEEDS_NAME, word);
}

export function sectionNeedsName(keyword: string): boolean {
  return NEEDS_NAME[keyword] === true;
}

/** The sections that are proxies: they share one space of names and take `from`. */
export function isProxyKeyword(keyword: string): keyword is 'frontend' | 'backend' | 'listen' {
  return keyword === 'frontend' || keyword === 'backend' || keyword === 'listen';
}
