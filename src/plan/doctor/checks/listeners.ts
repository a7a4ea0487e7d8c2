import type { Statement } from '../../../haproxy/cfg/index.ts';
import { type Configuration, type EffectiveSection, linesWith, quoteLine } from '../config-lines.ts';
import { type Remark, remark } from '../finding.ts';
import { isGuessable } from './passwords.ts';
import { isLoopback } from './sockets.ts';

/** Statistics pages that others than the people of this machine reach. */
export function checkStatsPages({ model, sections }: Configuration): Remark[] {
  const isOpenAnywhere = model.proxies.some(({ binds }) => binds.some(isNetwork));
  return sections.flatMap((section) => {
    const binds = model.proxies.find(
      ({ file, line }) => file === section.header.file && line === section.header.line,
    )?.binds;
    // A backend's page is reached through whatever frontend leads there.
    const isReachable = section.keyword === 'backend' ? isOpenAnywhere : (binds ?? []).some(isNetwork);
    const enabling = STATS_WORDS.flatMap((word) => linesWith(section, 'stats', word));
    if (!isReachable || enabling.length === 0) return [];
    return judgePage(section, enabling, (binds ?? []).filter(isNetwork));
  });
}

/** Each of them switches the page on (manual, `stats enable`). */
const STATS_WORDS = [
  'enable',
  'uri',
  'auth',
  'admin',
  'realm',
  'refresh',
  'scope',
  'show-legends',
  'hide-version',
];

function isNetwork({ address }: { readonly address: string }): boolean {
  return address.split(',').some((one) => {
    if (one.startsWith('/') || /^(?:unix|abns|abnsz|fd|sockpair|rhttp)@/.test(one)) return false;
    return !isLoopback(one.replace(/^[a-z0-9+]+@/, ''));
  });
}

function judgePage(
  section: EffectiveSection,
  enabling: readonly Statement[],
  binds: readonly { readonly file: string; readonly line: number }[],
): Remark[] {
  const admin = linesWith(section, 'stats', 'admin');
  const auth = linesWith(section, 'stats', 'auth');
  const rules = linesWith(section, 'stats', 'http-request');
  const guessable = auth.filter(({ words }) => isGuessable(...splitCredentials(words[2])));
  const where = `the statistics page of ${section.keyword} ${section.name}`;
  const bindLines = section.statements.filter(({ file, line }) =>
    binds.some((bind) => bind.file === file && bind.line === line),
  );
  const evidence = [...bindLines, ...new Set([...guessable, ...admin, ...enabling])].map(quoteLine);
  const fix = ['bind 127.0.0.1:8404', 'or stats auth USER:PASSWORD with a password nobody guesses'];
  if (auth.length === 0 && rules.length === 0)
    return [
      admin.length > 0
        ? remark('critical', 'stats-page-open', `everybody may change servers on ${where}`, { evidence, fix })
        : remark('warning', 'stats-page-open', `everybody may read ${where}`, { evidence, fix }),
    ];
  if (guessable.length === 0) return [];
  return [
    admin.length > 0
      ? remark(
          'critical',
          'stats-page-password',
          `${where} changes servers for whoever guesses its password`,
          {
            evidence,
            fix,
          },
        )
      : remark('warning', 'stats-page-password', `${where} has a password that is guessed first`, {
          evidence,
          fix,
        }),
  ];
}

function splitCredentials(text = ''): [user: string, password: string] {
  const at = text.indexOf(':');
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
