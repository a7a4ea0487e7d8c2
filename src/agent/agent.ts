import { join } from 'node:path';
import { type AgentEvent, type EpochProof, PROTOCOL, type WireOperation } from '../api/index.ts';
import { type Clock, type Logger, errorText, isHafleetError, systemClock } from '../lib/index.ts';
import { openHeld } from './held/held.ts';
import { judgeEpoch } from './held/epoch.ts';
import { judgePosition } from './held/position.ts';
import { type Instance, createInstance } from './instance/instance.ts';
import { createJournal } from './instance/journal.ts';
import { createCredential } from './link/credential.ts';
import { type Link, openLink } from './link/link.ts';
import type { Desired, Incoming } from './link/messages.ts';
import { readAuthority } from './link/authority.ts';
import type { LocalFile } from './local-file/schema.ts';
import { LinkReport } from './report/link-report.ts';

export interface AgentParts {
  readonly local: LocalFile;
  readonly log: Logger;
  readonly version: string;
  readonly joinToken: string | undefined;
  readonly clock?: Clock;
}

/** An agent that runs. */
export interface RunningAgent {
  readonly node: string;
  /** Ends connections and readings. What is held stays on disk; HAProxy is not touched. */
  stop(): Promise<void>;
}

const HEARTBEAT_MS = 1_000;
/** While a server is away its events wait, the oldest go first. */
const MAX_EVENTS = 200;

interface Peer {
  readonly link: Link;
  report: LinkReport;
  events: AgentEvent[];
}

/** @throws HafleetError of what cannot be read at the start: `held-unreadable`, `credential-unreadable`, `ca-unreadable` */
export function runAgent({ local, log, version, joinToken, clock = systemClock }: AgentParts): RunningAgent {
  const held = openHeld(join(local.dataFolder, 'held.json'));
  const peers: Peer[] = [];
  const onEvent = (event: AgentEvent) => {
    for (const peer of peers) peer.events = [...peer.events, event].slice(-MAX_EVENTS);
    queueMicrotask(() => flush(false));
  };
  const journal = createJournal({ log, clock, onEvent });
  const limits = { allow: local.allow, backends: local.backends, readOnly: local.readOnly };
  const instances = local.instances.map((one) =>
    createInstance({ local: one, limits, held, log, clock, onEvent, onChange: () => flush(false) }),
  );
  const views = instances.map(({ view }) => view);
  /** What is on disk; nothing else is acknowledged. */
  let acknowledged = held.position;

  function persist(): boolean {
    try {
      held.persist();
      acknowledged = held.position;
      journal.trouble('held', undefined);
      return true;
    } catch (thrown) {
      if (!isHafleetError(thrown)) throw thrown;
      journal.trouble('held', thrown);
      return false;
    }
  }

  /** Tells every server what it does not know yet; with a heartbeat also that nothing changed. */
  function flush(isHeartbeat: boolean): void {
    const withStatuses = persist();
    const nowMs = clock.monotonicMs();
    for (const peer of peers) {
      if (!peer.link.isReady) continue;
      const reports = peer.report.next(views, { nowMs, isHeartbeat, withStatuses });
      if (reports.length === 0 && peer.events.length === 0) continue;
      const { events } = peer;
      const isSent = peer.link.send({
        type: 'report',
        holds: acknowledged,
        instances: reports,
        ...(events.length > 0 && { events }),
      });
      if (isSent) peer.events = [];
      // What was not sent was never told: begin anew with everything.
      else peer.report = new LinkReport();
    }
  }

  function receive(peer: Peer, message: Incoming): void {
    switch (message.type) {
      case 'desired':
        return takeDesired(message);
      case 'operation':
        return void operate(peer, message.id, message.operation);
      case 'invalid':
        return journal.event(
          'warning',
          'message-refused',
          `a message of ${peer.link.url} was refused: ${message.reason}`,
        );
      case 'tell-held':
        return void peer.link.send({ type: 'held', position: acknowledged, intents: [...held.intents] });
      case 'welcome':
        return message.proof && takeEpoch(message.proof);
      case 'refused':
        return undefined;
    }
  }

  /** A new epoch begins for this node only with a record, signed with the fleet's key, of what this very node holds. */
  function takeEpoch(proof: EpochProof): void {
    const verdict = judgeEpoch({
      held: held.position,
      node: local.name,
      proof,
      fleetKey: credential.fleetKey(),
    });
    if (verdict.kind === 'same') return;
    if (verdict.kind === 'refused') return journal.event('warning', verdict.code, verdict.message);
    held.accept(verdict.position, held.intents);
    journal.event('info', 'epoch-begun', verdict.message);
    flush(true);
  }

  function takeDesired({ position, intents, unknown, digest, after }: Desired): void {
    const verdict = judgePosition(held.position, position, digest, after);
    if (verdict.kind === 'same') return;
    if (verdict.kind === 'refused') return journal.event('warning', verdict.code, verdict.message);
    if (unknown.length > 0)
      journal.event(
        'warning',
        'intent-unknown',
        `this version of the agent cannot read ${unknown.length} of the intents: ${unknown.slice(0, 5).join(', ')}`,
      );
    held.accept(position, intents);
    for (const instance of instances) void reconcile(instance, position.revision);
  }

  async function reconcile(instance: Instance, revision: number): Promise<void> {
    const beganMs = clock.monotonicMs();
    await instance.reconcile();
    const ms = Math.round((clock.monotonicMs() - beganMs) * 10) / 10;
    log.debug({ instance: instance.view.local.name, revision, ms }, 'a desired state was worked through');
  }

  async function operate({ link }: Peer, id: string, operation: WireOperation): Promise<void> {
    const instance = instances.find(({ view }) => view.local.name === operation.instance);
    if (!instance)
      return void link.send({ type: 'operation-result', id, ok: false, code: 'unknown-instance' });
    try {
      const closed = await instance.killSessions(operation.backend, operation.server);
      link.send({ type: 'operation-result', id, ok: true, closed });
    } catch (thrown) {
      const code = isHafleetError(thrown) ? thrown.code : 'agent-fault';
      link.send({ type: 'operation-result', id, ok: false, code, message: errorText(thrown).slice(0, 2000) });
    }
  }

  const credential = createCredential({
    node: local.name,
    labels: local.labels,
    dataFolder: local.dataFolder,
    tokenFile: local.tokenFile,
    joinToken,
  });
  for (const { url, ca } of local.servers) {
    const link = openLink({
      server: { url, ca: readAuthority(ca) },
      credential,
      hello: () => ({
        type: 'hello',
        protocol: PROTOCOL,
        version,
        node: local.name,
        labels: local.labels,
        holds: acknowledged,
      }),
      onReady: () => {
        peer.report = new LinkReport();
        flush(true);
      },
      onMessage: (message) => receive(peer, message),
      journal,
      log,
      clock,
    });
    const peer: Peer = { link, report: new LinkReport(), events: [] };
    peers.push(peer);
  }

  const heartbeat = setInterval(() => flush(true), HEARTBEAT_MS);
  for (const instance of instances) instance.start();
  return {
    node: local.name,
    async stop() {
      clearInterval(heartbeat);
      for (const { link } of peers) link.stop();
      await Promise.all(instances.map((instance: Instance) => instance.stop()));
      persist();
    },
  };
}
