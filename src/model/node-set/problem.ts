import { fail } from '../../lib/index.ts';
import type { NodeSetError, NodeSetErrorCode } from './types.ts';

export function problem(code: NodeSetErrorCode, column: number, message: string, hint: string) {
  return fail<NodeSetError>({ code, message, column, hint });
}
