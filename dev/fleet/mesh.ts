import type { ConfigPeer } from './config.ts';
import { type Relay, startRelay } from '../relay.ts';
import type { Sandbox } from '../sandbox.ts';

/** The way between two nodes for peers traffic, both directions and all instances at once. */
export type Link = Pick<Relay, 'cut' | 'stall' | 'delay' | 'heal'>;

export interface Mesh {
  /** The `peer` lines of one node, itself first. Peers of instance number `index` listen on port 10000 + index. */
  peersOf(node: string, index: number): readonly ConfigPeer[];
  link(a: string, b: string): Link;
}

export interface MeshOptions {
  readonly sandbox: Sandbox;
  readonly nodes: readonly { readonly name: string; readonly address: string }[];
  readonly instances: number;
  /** With relays each link can be cut; without, peers talk straight to each other, at full speed. */
  readonly relays: boolean;
}

const FIRST_PORT = 10_000;

function pairName(from: string, to: string): string {
  return `${from} ${to}`;
}

/** Acts on all relays as on one. */
function together(relays: readonly Relay[]): Link {
  const all = async (act: (relay: Relay) => Promise<void>) => void (await Promise.all(relays.map(act)));
  return {
    cut: () => all((relay) => relay.cut()),
    stall: () => all((relay) => relay.stall()),
    delay: (ms) => all((relay) => relay.delay(ms)),
    heal: () => all((relay) => relay.heal()),
  };
}

export async function startMesh({ sandbox, nodes, instances, relays }: MeshOptions): Promise<Mesh> {
  const between = new Map<string, readonly Relay[]>();

  async function relay(from: string, to: { name: string; address: string }): Promise<void> {
    const address = sandbox.nextAddress('relay');
    const ports = Array.from({ length: instances }, (_, index) => FIRST_PORT + index);
    const started = ports.map((port) =>
      startRelay({ sandbox, address, port, target: { address: to.address, port } }),
    );
    between.set(pairName(from, to.name), await Promise.all(started));
  }
  if (relays) {
    for (const from of nodes) {
      for (const to of nodes) if (from !== to) await relay(from.name, to);
    }
  }

  function addressOf(from: string, to: { name: string; address: string }): string {
    return between.get(pairName(from, to.name))?.[0]?.address ?? to.address;
  }
  return {
    peersOf: (node, index) =>
      nodes.map((to) => ({ name: to.name, address: addressOf(node, to), port: FIRST_PORT + index })),
    link(a, b) {
      const ways = [pairName(a, b), pairName(b, a)].flatMap((pair) => between.get(pair) ?? []);
      if (ways.length === 0) throw new Error(`mesh: no relay between ${a} and ${b}`);
      return together(ways);
    },
  };
}
