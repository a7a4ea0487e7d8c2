import type { DesiredMessage, FleetPosition, ServerMessage, WireIntent } from '../../api/index.ts';
import { errorText, type Logger } from '../../lib/index.ts';
import type { Store } from '../../store/index.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import type { AgentLink } from '../fleet/node-live.ts';
import type { Mirror } from '../store/mirror.ts';
import type { FleetRecord, IntentRecord, NodeRecord } from '../store/records.ts';
import { desiredMessage, intentsByNode } from './desired.ts';
import { judgeHolds, type Standing } from './lineage.ts';
import { STANDING_TEXTS } from './standing-text.ts';

export interface DispatcherParts {
  readonly store: Store;
  readonly fleet: FleetRecord;
  readonly view: FleetView;
  readonly intents: Mirror<IntentRecord>;
  readonly nodes: Mirror<NodeRecord>;
  readonly log: Logger;
  /** Token of this leader: see takeLead. */
  readonly fence: number;
}

/** What is known of the agent on one connection. */
interface Follower {
  readonly link: AgentLink;
  /** What it holds when it has taken everything sent so far; undefined until that is proven to come from this store. */
  after: FleetPosition | null | undefined;
  /** Positions it may name meanwhile, as text. */
  readonly expected: Set<string>;
  /** What it waits to hear: see `asks` of its `hello`. */
  readonly asks: string;
}

/**
 * Sends each connected agent what its node should be, when intents or nodes change in the store; an agent that holds just
 * that hears nothing. Every message names what the agent must hold for it to follow on, and nothing is sent to an agent
 * whose state this store cannot have made: its number might be passed by counting, and what it knows be lost.
 */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #followers = new Map<string, Follower>();
  #computed: { readonly revision: number; readonly byNode: Map<string, WireIntent[]> } | undefined;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    parts.intents.onChange(() => this.sendAll());
    parts.nodes.onChange(() => this.sendAll());
  }

  /** The store revision of the newest desired state: labels and membership move it as intents do. */
  revision(): number {
    return Math.max(this.#parts.intents.changedAt(), this.#parts.nodes.changedAt());
  }

  /** What a node is to hold. Where it holds the same from an older revision that one: it was sent nothing newer. */
  wantedOf(name: string): Pick<FleetPosition, 'epoch' | 'revision'> {
    const { position } = this.#messageTo(name);
    const { holds } = this.#parts.view.node(name);
    return holds && isLevel(holds, position) ? holds : position;
  }

  /** What a connected agent holds when it has taken everything sent so far; undefined until that is proven. */
  lastSentTo(name: string): FleetPosition | null | undefined {
    const follower = this.#followers.get(name);
    return follower && follower.link === this.#parts.view.node(name).link ? follower.after : undefined;
  }

  sendAll(): void {
    for (const name of this.#parts.view.nodeNames()) this.#send(name);
  }

  /** An agent says what it holds: with its first word, and with every report. */
  heard(name: string, holds: FleetPosition | null, asks = ''): void {
    const { link } = this.#parts.view.node(name);
    if (!link) return;
    const known = this.#followers.get(name);
    if (known?.link === link && known.expected.has(nameOf(holds))) return;
    const follower: Follower = { link, after: undefined, expected: new Set([nameOf(holds)]), asks };
    this.#followers.set(name, follower);
    void this.#judge(name, holds, follower);
  }

  async #judge(name: string, holds: FleetPosition | null, follower: Follower): Promise<void> {
    const { store, fleet, view, log } = this.#parts;
    try {
      const standing = await judgeHolds({ store, fleet }, name, holds);
      if (this.#followers.get(name) !== follower) return;
      view.setStanding(name, standing);
      if (standing !== 'known') {
        if (follower.asks === 'verdict') follower.link.send(refusalFor(standing));
        return log.warn({ node: name, standing, holds }, 'nothing is sent to this node');
      }
      follower.after = holds;
      this.#send(name);
      if (holds && follower.after === holds && follower.asks !== '')
        follower.link.send({ type: 'level', position: holds });
    } catch (thrown) {
      log.error(
        { node: name, error: errorText(thrown) },
        'cannot judge what a node holds; asked again with its next report',
      );
      this.#followers.delete(name);
    }
  }

  #send(name: string): void {
    const { link } = this.#parts.view.node(name);
    const follower = this.#followers.get(name);
    if (!link || follower?.link !== link || follower.after === undefined) return;
    const message = this.#messageTo(name);
    const { after } = follower;
    if (after && isLevel(after, message.position)) return;
    follower.after = message.position;
    follower.expected.add(nameOf(message.position));
    link.send({ ...message, after });
  }

  #messageTo(name: string): DesiredMessage {
    const { fleet, fence } = this.#parts;
    const message = desiredMessage(fleet, this.revision(), this.intentsOf(name));
    return { ...message, position: { ...message.position, fence } };
  }

  /** What one node is to be. */
  intentsOf(name: string): readonly WireIntent[] {
    const revision = this.revision();
    if (this.#computed?.revision !== revision) {
      const { view, intents } = this.#parts;
      const nodes = view.records();
      this.#computed = { revision, byNode: intentsByNode(intents.entries, nodes) };
    }
    return this.#computed.byNode.get(name) ?? [];
  }
}

function refusalFor(standing: Exclude<Standing, 'known'>): ServerMessage {
  const { code, message } = STANDING_TEXTS[standing];
  return { type: 'refused', code, message };
}

/** Without the leader's token: it does not tell what is held. */
function nameOf(holds: FleetPosition | null): string {
  return holds === null ? '' : `${holds.fleetId}/${holds.epoch}/${holds.revision}/${holds.digest}`;
}

function isLevel(holds: FleetPosition, wanted: FleetPosition): boolean {
  return holds.epoch === wanted.epoch && holds.digest === wanted.digest;
}
