import { errorText, type Logger } from '../../lib/index.ts';
import type { Store } from '../../store/index.ts';
import { KEYS } from '../store/keys.ts';
import type { InventoryRecord } from '../store/records.ts';
import type { NodeLive } from './node-live.ts';

/** Servers that come and go one after another are written once they rest. */
const WRITE_AFTER_MS = 500;

/**
 * Keeps the stored inventory of each node: which servers it has. Only names, only when they change. It is what lets a
 * server that has just restarted say `pending` for a node it has not heard yet, and not `unknown server`.
 */
export function keepInventory({ store, log }: { readonly store: Store; readonly log: Logger }) {
  const waiting = new Map<string, NodeLive>();
  const written = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;

  const write = async (node: NodeLive) => {
    const value = JSON.stringify(recordOf(node));
    if (written.get(node.name) === value) return;
    await store.txn({
      // Not for a node that was removed meanwhile.
      compare: [{ key: KEYS.node(node.name), target: 'createRevision', op: '>', value: 0 }],
      success: [{ type: 'put', key: KEYS.inventory(node.name), value }],
    });
    written.set(node.name, value);
  };

  const flush = async () => {
    clearTimeout(timer);
    timer = undefined;
    const nodes = [...waiting.values()];
    waiting.clear();
    for (const node of nodes)
      await write(node).catch((thrown: unknown) => {
        waiting.set(node.name, node);
        log.warn({ node: node.name, error: errorText(thrown) }, 'inventory not written; tried again');
      });
  };

  return {
    note(node: NodeLive): void {
      waiting.set(node.name, node);
      timer ??= setTimeout(() => void flush(), WRITE_AFTER_MS);
    },
    flush,
  };
}

function recordOf(node: NodeLive): InventoryRecord {
  return {
    instances: [...node.instances.values()].map(({ name, report, servers }) => ({
      name,
      groups: report.groups,
      servers: [...servers.keys()],
    })),
  };
}
