import type { AgentEvent, AgentMessage, InstanceReport } from '../../api/index.ts';
import { compareNatural, type Clock } from '../../lib/index.ts';
import { standingEvent } from '../agents/standing-text.ts';
import { foreignEvent } from '../agents/versions.ts';
import type { Standing } from '../agents/lineage.ts';
import type { Mirror } from '../store/mirror.ts';
import type { InventoryRecord, NodeRecord } from '../store/records.ts';
import { applyReport, createInstanceLive, type InstanceLive } from './instance-live.ts';
import { createNodeLive, type NodeLive } from './node-live.ts';

type Report = Extract<AgentMessage, { type: 'report' }>;

export interface FleetListeners {
  /** An instance's rows, statuses or reachability changed. */
  changed(node: string): void;
  /** The servers a node has are no longer those of its stored inventory. */
  inventory(node: NodeLive): void;
  /** Something happened on a node: its agent says so, or this server saw it. */
  event(node: string, event: AgentEvent, source: 'agent' | 'server'): void;
  /** A report has come and is not folded into what is known yet. */
  reporting(live: InstanceLive, incoming: InstanceReport): void;
}

const SILENT: FleetListeners = {
  changed: () => undefined,
  inventory: () => undefined,
  event: () => undefined,
  reporting: () => undefined,
};

/**
 * What this server has heard from the agents: the live half of the fleet. The other half, who is enrolled and what is
 * wanted, is in the store. Nothing here is written down except the inventory, so that a restart knows what a silent
 * node had.
 */
export class FleetView {
  readonly #live = new Map<string, NodeLive>();
  readonly #clock: Clock;
  readonly #nodes: Mirror<NodeRecord>;
  readonly #inventory: Mirror<InventoryRecord>;
  /** Kept, because every report and every answer goes over them. */
  #names: readonly string[] | undefined;
  readonly #waiting: (() => void)[] = [];
  #listeners = SILENT;

  constructor(parts: { clock: Clock; nodes: Mirror<NodeRecord>; inventory: Mirror<InventoryRecord> }) {
    this.#clock = parts.clock;
    this.#nodes = parts.nodes;
    this.#inventory = parts.inventory;
    this.#nodes.onChange((names) => {
      this.#names = undefined;
      for (const name of names) if (!this.#nodes.entries.has(name)) this.#live.delete(name);
    });
  }

  /** One listener of each kind. */
  listen(listeners: Partial<FleetListeners>): void {
    this.#listeners = { ...this.#listeners, ...listeners };
  }

  now(): number {
    return this.#clock.monotonicMs();
  }

  /** Names of all enrolled nodes, naturally sorted. */
  nodeNames(): readonly string[] {
    this.#names ??= [...this.#nodes.entries.keys()].sort(compareNatural);
    return this.#names;
  }

  /** All enrolled nodes: names and labels, which is what node sets are evaluated against. */
  records(): NodeRecord[] {
    return this.nodeNames().flatMap((name) => this.record(name) ?? []);
  }

  record(name: string): NodeRecord | undefined {
    return this.#nodes.entries.get(name)?.value;
  }

  /** What a node was last stored to have; for nodes that have not spoken since this server started. */
  inventory(name: string): InventoryRecord['instances'] {
    return this.#inventory.entries.get(name)?.value.instances ?? [];
  }

  /** The live side of an enrolled node; made on first use. */
  node(name: string): NodeLive {
    let live = this.#live.get(name);
    if (!live) this.#live.set(name, (live = createNodeLive(name)));
    return live;
  }

  /** Every instance that has reported since this server started, by node and name. */
  instances(): InstanceLive[] {
    return this.nodeNames().flatMap((name) =>
      [...this.node(name).instances.values()].sort((a, b) => compareNatural(a.name, b.name)),
    );
  }

  /** An agent of another major version has greeted: what it holds and wants is not understood for sure. */
  heardForeign(node: NodeLive, { protocol, version }: { protocol: string; version: string }): void {
    Object.assign(node, { protocol, agentVersion: version, holds: null });
    this.heard(node);
    this.#listeners.event(node.name, foreignEvent(protocol, this.#clock.wallMs()), 'server');
    this.#tell(node.name);
  }

  heard(node: NodeLive): void {
    node.heardAt = this.#clock.monotonicMs();
    node.heardAtWall = this.#clock.wallMs();
  }

  /** Resolves with the next thing an agent says or the end of a connection; a second at most. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 1_000);
      this.#waiting.push(() => (clearTimeout(timer), resolve()));
    });
  }

  #tell(name: string): void {
    for (const done of this.#waiting.splice(0)) done();
    this.#listeners.changed(name);
  }

  /** Nodes that hold what this store never wanted. */
  nodesAhead(): string[] {
    return this.nodeNames().filter((name) => this.node(name).standing === 'behind');
  }

  setStanding(name: string, standing: Standing): void {
    const node = this.node(name);
    if (node.standing === standing) return;
    node.standing = standing;
    if (standing !== 'known')
      this.#listeners.event(name, standingEvent(standing, this.#clock.wallMs()), 'server');
    this.#tell(name);
  }

  /** An agent has connected. */
  connected(node: NodeLive): void {
    this.heard(node);
    this.#noteConnection(node, 'info', 'node-connected', 'the agent is connected');
  }

  /** The agent's connection ended. Its data stands, and ages. */
  lost(node: NodeLive): void {
    this.#noteConnection(node, 'warning', 'node-lost', 'the connection of the agent ended');
    this.#tell(node.name);
  }

  /** An agent was asked to say all that it holds. */
  held(node: NodeLive, { position, intents }: Extract<AgentMessage, { type: 'held' }>): void {
    node.holds = position;
    node.heldIntents = intents;
    this.#tell(node.name);
  }

  report(node: NodeLive, message: Report): void {
    this.heard(node);
    node.holds = message.holds;
    for (const event of message.events ?? []) this.#listeners.event(node.name, event, 'agent');
    let changed = false;
    let inventoryChanged = false;
    for (const incoming of message.instances) {
      let live = node.instances.get(incoming.name);
      if (!live) node.instances.set(incoming.name, (live = createInstanceLive(node.name, incoming)));
      this.#listeners.reporting(live, incoming);
      const effect = applyReport(live, incoming, this.now());
      changed ||= effect.rowsChanged || effect.statusesChanged;
      inventoryChanged ||= effect.inventoryChanged;
    }
    if (inventoryChanged) this.#listeners.inventory(node);
    if (changed) this.#tell(node.name);
  }

  #noteConnection({ name }: NodeLive, severity: AgentEvent['severity'], code: string, message: string): void {
    this.#listeners.event(name, { at: this.#clock.wallMs(), severity, code, message }, 'server');
  }
}
