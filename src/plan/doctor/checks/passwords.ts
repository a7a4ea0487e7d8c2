import { type Configuration, linesWith, quoteLine } from '../config-lines.ts';
import { type Remark, remark } from '../finding.ts';

/** The words that are tried first: those of samples and default installations. */
const COMMON = new Set(
  `admin adminpwd administrator changeme default haproxy insecure letmein mypassword pass passw0rd password root secret
  stats test user 1234 12345 123456`.split(/\s+/),
);

export function isGuessable(user: string, password: string): boolean {
  return password === '' || password === user || COMMON.has(password.toLowerCase());
}

/** Users whose password anybody finds by trying, such as those of a data plane API that was never set up. */
export function checkUserlists({ sections }: Configuration): Remark[] {
  const weak = sections
    .filter(({ keyword }) => keyword === 'userlist')
    .flatMap((section) => linesWith(section, 'user'))
    .filter(({ words }) => {
      const at = words.indexOf('insecure-password');
      return at !== -1 && isGuessable(words[1] ?? '', words[at + 1] ?? '');
    });
  if (weak.length === 0) return [];
  return [
    remark('critical', 'guessable-password', 'a userlist has a password that is guessed first', {
      evidence: weak.map(quoteLine),
      fix: ['user NAME password HASH      # mkpasswd -m sha-512'],
    }),
  ];
}
