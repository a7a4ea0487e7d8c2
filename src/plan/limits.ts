import type { Limits } from './types.ts';

export interface Prohibition {
  readonly code: 'read-only' | 'not-allowed' | 'backend-not-allowed';
  readonly message: string;
}

/** Says for a backend why nothing may be written there, or undefined. */
export type Prohibit = (backend: string) => Prohibition | undefined;

/** `*` stands for any characters, `?` for one. */
export function globToPattern(glob: string): RegExp {
  const text = glob
    .replaceAll(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${text}$`);
}

/** Reads the limits once; the answer is cheap per backend. */
export function prohibitions({ allow, backends, readOnly }: Limits): Prohibit {
  if (readOnly)
    return () => ({ code: 'read-only', message: 'the agent’s local file says `readOnly` for this node' });
  if (!allow.includes('servers'))
    return () => ({
      code: 'not-allowed',
      message: 'the agent’s local file does not list `servers` under `allow`',
    });
  const patterns = backends.map(globToPattern);
  return (backend) =>
    patterns.some((pattern) => pattern.test(backend))
      ? undefined
      : {
          code: 'backend-not-allowed',
          message: `the agent’s local file does not list ${backend} under \`backends\``,
        };
}
