import type { WireIntent } from '../../api/index.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import type { Mirror } from '../store/mirror.ts';
import type { FleetRecord, IntentRecord, NodeRecord } from '../store/records.ts';
import { desiredMessage, intentsByNode } from './desired.ts';

/**
 * Sends each connected agent what its node should be. Runs whenever intents or nodes change in the store; an agent
 * whose desired state did not change hears nothing.
 */
export class Dispatcher {
  readonly #fleet: FleetRecord;
  readonly #view: FleetView;
  readonly #intents: Mirror<IntentRecord>;
  readonly #nodes: Mirror<NodeRecord>;
  /** Digest of what was last sent on the present connection of each node. */
  readonly #sent = new Map<string, string>();
  #computed: { readonly revision: number; readonly byNode: Map<string, WireIntent[]> } | undefined;

  constructor(parts: {
    fleet: FleetRecord;
    view: FleetView;
    intents: Mirror<IntentRecord>;
    nodes: Mirror<NodeRecord>;
  }) {
    this.#fleet = parts.fleet;
    this.#view = parts.view;
    this.#intents = parts.intents;
    this.#nodes = parts.nodes;
    parts.intents.onChange(() => this.sendAll());
    parts.nodes.onChange(() => this.sendAll());
  }

  /** The store revision of the newest desired state: labels and membership move it as intents do. */
  revision(): number {
    return Math.max(this.#intents.changedAt(), this.#nodes.changedAt());
  }

  sendAll(): void {
    for (const name of this.#view.nodeNames()) this.#send(name);
  }

  /** For an agent that has just connected: always sent, whatever it holds; it decides. */
  sendTo(name: string): void {
    this.#sent.delete(name);
    this.#send(name);
  }

  #send(name: string): void {
    const link = this.#view.node(name).link;
    if (!link) return;
    const message = desiredMessage(this.#fleet, this.revision(), this.intentsOf(name));
    if (this.#sent.get(name) === message.position.digest) return;
    this.#sent.set(name, message.position.digest);
    link.send(message);
  }

  /** What one node is to be. */
  intentsOf(name: string): readonly WireIntent[] {
    const revision = this.revision();
    if (this.#computed?.revision !== revision) {
      const nodes = this.#view.nodeNames().flatMap((node) => this.#view.record(node) ?? []);
      this.#computed = { revision, byNode: intentsByNode(this.#intents.entries, nodes) };
    }
    return this.#computed.byNode.get(name) ?? [];
  }
}
