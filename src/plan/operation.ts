import type { AdminState, ServerRow } from './types.ts';

interface Target {
  /** The intent it serves; null for a correction of what a state file brought. */
  readonly intent: string | null;
  readonly backend: string;
  readonly server: string;
}

/** One thing to do to one server at run time. Plain JSON: the dry run, the log and the agent read the same. */
export type Operation =
  | (Target & { readonly kind: 'set-state'; readonly state: AdminState })
  /** Drain and health down on one line: checks run again, and no client reaches the server before they are good. */
  | (Target & { readonly kind: 'start-gate' })
  | (Target & { readonly kind: 'set-weight'; readonly weight: number })
  | (Target & { readonly kind: 'set-address'; readonly address: string; readonly port: number })
  | (Target & { readonly kind: 'set-ssl'; readonly on: boolean })
  | (Target & { readonly kind: 'set-health-up' });

export type OperationKind = Operation['kind'];

export function targetOf(row: ServerRow, intent: string | null): Target {
  return { intent, backend: row.backend, server: row.server };
}

/** In words, for the log and the dry run. */
export function describeOperation(operation: Operation): string {
  let words: string;
  switch (operation.kind) {
    case 'set-state':
      words = `set ${operation.state}`;
      break;
    case 'start-gate':
      words = 'enter the health gate';
      break;
    case 'set-weight':
      words = `set weight ${operation.weight}`;
      break;
    case 'set-address':
      words = `correct the address to ${operation.address} port ${operation.port}, as in haproxy.cfg`;
      break;
    case 'set-ssl':
      words = `turn ssl ${operation.on ? 'on' : 'off'}, as in haproxy.cfg`;
      break;
    case 'set-health-up':
      words = 'set health up, no check is left that could';
      break;
  }
  return `${operation.backend}/${operation.server}: ${words}`;
}

/** After it the server gets less: the state file has to say so before. */
export function takesOut(operation: Operation): boolean {
  return operation.kind === 'set-state' && operation.state !== 'ready';
}

/** Right whatever the server's state is meanwhile: it need not be read again before. A drain or a gate from another state is not. */
export function isRightFromAnyState(operation: Operation): boolean {
  return operation.kind === 'set-weight' || (operation.kind === 'set-state' && operation.state === 'maint');
}

/** Outs first, then what must be right before a server comes in, then the gates and the ins. */
const RANK: Record<OperationKind, number> = {
  'set-state': 0,
  'set-address': 1,
  'set-ssl': 2,
  'set-health-up': 3,
  'set-weight': 4,
  'start-gate': 5,
};

function rank(operation: Operation): number {
  if (operation.kind === 'set-state' && operation.state === 'ready') return 6;
  return RANK[operation.kind];
}

/** A stable order: by rank, then as HAProxy lists the servers. Frozen: who gets them later cannot make them say something else. */
export function sortOperations(operations: readonly Operation[]): Operation[] {
  return operations.map((one) => Object.freeze(one)).sort((a, b) => rank(a) - rank(b));
}
