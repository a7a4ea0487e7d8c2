import type { NamePart } from '../node-set/index.ts';

/** A server of one instance, printed `backend/server`. */
export interface ServerRef {
  readonly backend: string;
  readonly server: string;
}

/** What a person types for servers: each side may hold globs and ranges. */
export interface ServerSelector {
  /** As typed, trimmed. */
  readonly text: string;
  /** Left out for a bare server name, which means every backend that has it. */
  readonly backend?: readonly NamePart[];
  readonly server: readonly NamePart[];
}

export type SelectorErrorCode =
  'selector-empty' | 'selector-too-long' | 'selector-bad-name' | 'selector-too-many-names';

export interface SelectorError {
  readonly code: SelectorErrorCode;
  readonly message: string;
  /** 1-based, in the text as given. */
  readonly column: number;
  readonly hint: string;
}

/** The servers that one instance has. */
export interface InstanceServers {
  /** `node/name`. */
  readonly instance: string;
  readonly servers: readonly ServerRef[];
}

export function printServerRef({ backend, server }: ServerRef): string {
  return `${backend}/${server}`;
}
