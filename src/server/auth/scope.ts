import { ApiError, type Change, type TokenScope } from '../../api/index.ts';
import { foldNodeSet, matchesGlob } from '../../model/index.ts';
import type { Principal } from './authenticate.ts';

export function isUnlimited({ backends, nodes }: TokenScope): boolean {
  return backends.includes('*') && nodes.includes('*');
}

export function inBackends(scope: TokenScope, backend: string): boolean {
  return scope.backends.some((glob) => matchesGlob(glob, backend));
}

export function inNodes(scope: TokenScope, node: string): boolean {
  return scope.nodes.some((glob) => matchesGlob(glob, node));
}

/** Throws `out-of-scope` naming what the token does not reach. */
export function requireBackends({ name, scope }: Principal, backends: Iterable<string>): void {
  const outside = [...new Set(backends)].filter((backend) => !inBackends(scope, backend));
  if (outside.length > 0) throw outOfScope(name, `backend ${outside.slice(0, 10).join(', ')}`);
}

export function requireNodes({ name, scope }: Principal, nodes: Iterable<string>): void {
  const outside = [...new Set(nodes)].filter((node) => !inNodes(scope, node));
  if (outside.length > 0) throw outOfScope(name, foldNodeSet(outside));
}

/** A change is seen by whoever reaches one of its backends; `*` as backend may be any of them. */
export function seesChange(scope: TokenScope, { servers }: Pick<Change, 'servers'>): boolean {
  return servers.some(
    (server) => server.startsWith('*/') || inBackends(scope, server.slice(0, server.indexOf('/'))),
  );
}

function outOfScope(name: string, what: string): ApiError {
  return new ApiError('out-of-scope', `the token ${name} does not reach ${what}`, {
    hint: '`hafleet token list` shows its scope; narrow the targets or --on, or use another token',
  });
}
