import type { TokenScope } from '../api/index.ts';

/** `backends web-*; nodes lb[1-4]`, or `everything`. */
export function scopeText({ backends, nodes, sites }: TokenScope): string {
  const parts = Object.entries({ backends, nodes, sites }).filter(([, globs]) => globs.join() !== '*');
  return parts.length === 0
    ? 'everything'
    : parts.map(([what, globs]) => `${what} ${globs.join(',')}`).join('; ');
}
