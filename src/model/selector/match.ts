import { expandPattern, matchesGlob, type NamePart } from '../node-set/index.ts';
import type { ServerRef, ServerSelector } from './types.ts';

/** The servers a selector means, in the order given. */
export function matchServers(selector: ServerSelector, servers: readonly ServerRef[]): ServerRef[] {
  const matches = serverMatcher(selector);
  return servers.filter(matches);
}

/** For many servers against one selector: the pattern is spelled out once. */
export function serverMatcher({ backend, server }: ServerSelector): (ref: ServerRef) => boolean {
  const isBackend = backend ? nameMatcher(backend) : () => true;
  const isServer = nameMatcher(server);
  return (ref) => isBackend(ref.backend) && isServer(ref.server);
}

export function nameMatcher(parts: readonly NamePart[]): (name: string) => boolean {
  const patterns = expandPattern(parts);
  const literal = new Set(patterns.filter((pattern) => !/[*?]/.test(pattern)));
  const globs = patterns.filter((pattern) => /[*?]/.test(pattern));
  return (name) => literal.has(name) || globs.some((glob) => matchesGlob(glob, name));
}
