import { printDocument } from '../document.ts';
import type { Cli } from '../cli.ts';

/** What a store holds, in numbers. */
export interface StoreNumbers {
  readonly fleetId: string;
  readonly epoch: number;
  readonly revision: number;
  readonly intents: number;
  readonly nodes: number;
  readonly tokens: number;
  readonly changes: number;
}

export function storeNumbers({
  fleetId,
  epoch,
  revision,
  intents,
  nodes,
  tokens,
  changes,
}: StoreNumbers): string {
  return `${fleetId}, epoch ${epoch}, revision ${revision}: ${intents} intents, ${nodes} nodes, ${changes} changes, ${tokens} tokens`;
}

export async function sayBackup(cli: Cli, info: StoreNumbers, file: string): Promise<number> {
  const { format } = cli.settings;
  if (format === 'json' || format === 'yaml')
    await printDocument(cli, { kind: 'StoreBackup', items: [{ file, ...info }] });
  else cli.out.line(`${file}: ${storeNumbers(info)}`);
  return 0;
}
