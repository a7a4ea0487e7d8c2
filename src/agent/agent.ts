import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AgentEvent, PROTOCOL, type WireOperation } from '../api/index.ts';
import {
  type Clock,
  type Logger,
  type MetricsListener,
  errorText,
  isHafleetError,
  listenForMetrics,
  readHostPort,
  systemClock,
} from '../lib/index.ts';
import { DataFolderLocked, type FolderLock, lockDataFolder } from './data-folder/lock.ts';
import { prepareDataFolder } from './data-folder/prepare.ts';
import { answerOf, examineAgent } from './doctor/examine.ts';
import { createFollow } from './held/follow.ts';
import { openHeld } from './held/held.ts';
import { isSamePosition } from './held/position.ts';
import { type Instance, createInstance } from './instance/instance.ts';
import { createJournal } from './instance/journal.ts';
import { createCredential } from './link/credential.ts';
import { type Link, openLink } from './link/link.ts';
import type { Incoming } from './link/messages.ts';
import { readAuthority } from './link/authority.ts';
import { createLocalBook } from './local/book.ts';
import { RUNTIME_FOLDER, register } from './local/registration.ts';
import { serveLocal } from './local/server.ts';
import { createLocalService, localInfoOf } from './local/service.ts';
import type { LocalFile } from './local-file/schema.ts';
import { createAgentMetrics } from './metrics/agent-metrics.ts';
import { LinkReport } from './report/link-report.ts';

export interface AgentParts {
  readonly local: LocalFile;
  readonly log: Logger;
  readonly version: string;
  readonly joinToken: string | undefined;
  readonly clock?: Clock;
  /** Where commands on this machine look for agents. */
  readonly runtimeFolder?: string;
  /** Where `local` was read from; absent where it was made on the spot. */
  readonly localFile?: string;
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

/**
 * @throws HafleetError of what cannot be done at the start: `data-folder-unsafe`, `data-folder-locked`, `held-unreadable`,
 * `credential-unreadable`, `ca-unreadable`, `agent-socket-failed`
 */
export async function runAgent(parts: AgentParts): Promise<RunningAgent> {
  prepareDataFolder(parts.local.dataFolder);
  const lock = await lockWhenPrepared(parts.local.dataFolder, parts.clock ?? systemClock);
  try {
    return await runLocked(parts, lock);
  } catch (thrown) {
    lock.release();
    throw thrown;
  }
}

/** Longer than `prepare` ever takes by its units' time-outs. */
const PREPARED_WITHIN_MS = 30_000;

/** `agent prepare` is over soon, and then the folder is free. @throws DataFolderLocked by another agent */
async function lockWhenPrepared(folder: string, clock: Clock): Promise<FolderLock> {
  const startedMs = clock.monotonicMs();
  for (;;) {
    try {
      return lockDataFolder(folder, 'agent');
    } catch (thrown) {
      const isOver = clock.monotonicMs() - startedMs > PREPARED_WITHIN_MS;
      if (!(thrown instanceof DataFolderLocked) || thrown.holder === 'agent' || isOver) throw thrown;
    }
    await sleep(50);
  }
}

async function runLocked(parts: AgentParts, lock: FolderLock): Promise<RunningAgent> {
  const { local, log, version, joinToken, clock = systemClock, runtimeFolder = RUNTIME_FOLDER } = parts;
  const held = openHeld(join(local.dataFolder, 'held.json'));
  const peers: Peer[] = [];
  const onEvent = (event: AgentEvent) => {
    for (const peer of peers) peer.events = [...peer.events, event].slice(-MAX_EVENTS);
    queueMicrotask(() => flush(false));
  };
  const journal = createJournal({ log, clock, onEvent });
  const limits = { allow: local.allow, backends: local.backends, readOnly: local.readOnly };
  const metrics = createAgentMetrics({ version, clock });
  const instances = local.instances.map((one) => {
    const meter = metrics.meterOf(one.name);
    return createInstance({
      local: one,
      limits,
      held,
      log,
      clock,
      onEvent,
      meter,
      onChange: () => flush(false),
    });
  });
  const views = instances.map(({ view }) => view);
  metrics.watch({ views, connected: () => peers.filter(({ link }) => link.isReady).length });
  const metricsListener = await listen();

  /** An agent that cannot be measured does its work all the same. */
  async function listen(): Promise<MetricsListener | undefined> {
    if (!local.metrics) return undefined;
    try {
      return await listenForMetrics(readHostPort(local.metrics.listen), () => metrics.expose());
    } catch (thrown) {
      if (!isHafleetError(thrown)) throw thrown;
      journal.trouble('metrics', thrown);
      return undefined;
    }
  }

  const book = createLocalBook({
    held,
    node: local.name,
    clock,
    statusesOf: (instance) => views.find((view) => view.local.name === instance)?.statuses ?? new Map(),
  });
  /** What is on disk; nothing else is acknowledged. */
  let acknowledged = held.position;
  /** A server has said what holds since this agent started. */
  let isCurrent = false;

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
      const asked = withStatuses ? book.reports() : [];
      const isSent = peer.link.send({
        type: 'report',
        holds: acknowledged,
        instances: reports,
        ...(events.length > 0 && { events }),
        ...(asked.length > 0 && { local: asked }),
      });
      if (isSent) peer.events = [];
      // What was not sent was never told: begin anew with everything.
      else peer.report = new LinkReport();
    }
  }

  function receive(peer: Peer, message: Incoming): void {
    switch (message.type) {
      case 'desired':
        if (follow.desired(message)) reconcileAll(message.position.revision);
        isCurrent ||= isSamePosition(held.position, message.position);
        return undefined;
      case 'operation':
        return void operate(peer, message.id, message.operation);
      case 'operation-refused':
        return refuseOperation(peer, message.id, message.reason, message.code);
      case 'too-many-intents':
        return journal.event('warning', message.type, `${message.reason} (${peer.link.url})`);
      case 'invalid':
        return journal.event(
          'warning',
          'message-refused',
          `a message of ${peer.link.url} was refused: ${message.reason}`,
        );
      case 'tell-held':
        return void peer.link.send({ type: 'held', position: acknowledged, intents: [...held.intents] });
      case 'welcome':
        if (message.proof && follow.epoch(message.proof)) flush(true);
        return undefined;
      case 'local-taken':
        // Only what is held by its new name may be let go by its old one.
        if (!isSamePosition(message.position, held.position)) return undefined;
        for (const { id, change } of book.taken(message.changes))
          journal.event('info', 'local-taken', `${id}, asked for on this machine, is ${change} now`);
        return reconcileAll(held.position?.revision ?? 0);
      case 'level':
        isCurrent ||= isSamePosition(held.position, message.position);
        return undefined;
      case 'refused':
        return undefined;
    }
  }

  function refuseOperation({ link }: Peer, id: string, message: string, code: string): void {
    journal.event('warning', code, `an operation was refused: ${message}`);
    link.send({ type: 'operation-result', id, ok: false, code, message: message.slice(0, 2000) });
  }

  function reconcileAll(revision: number): void {
    for (const instance of instances) void reconcile(instance, revision);
  }

  async function reconcile(instance: Instance, revision: number): Promise<void> {
    const beganMs = clock.monotonicMs();
    await instance.reconcile();
    const ms = Math.round((clock.monotonicMs() - beganMs) * 10) / 10;
    log.debug({ instance: instance.view.local.name, revision, ms }, 'a desired state was worked through');
  }

  /** One at a time, however often somebody asks: all of them get its findings. */
  let examining: ReturnType<typeof examineAgent> | undefined;

  async function examine(peer: Peer, id: string): Promise<void> {
    try {
      examining ??= examineAgent({ local, localFile: parts.localFile }).finally(() => {
        examining = undefined;
      });
      const found = await examining;
      peer.link.send({ type: 'operation-result', id, ok: true, ...answerOf(found), at: clock.wallMs() });
    } catch (thrown) {
      refuseOperation(peer, id, errorText(thrown), 'agent-fault');
    }
  }

  async function operate(peer: Peer, id: string, operation: WireOperation): Promise<void> {
    if (operation.kind === 'doctor') return examine(peer, id);
    const instance = instances.find(({ view }) => view.local.name === operation.instance);
    if (!instance)
      return refuseOperation(peer, id, `this node has no instance ${operation.instance}`, 'unknown-instance');
    try {
      const closed = await instance.killSessions(operation.backend, operation.server);
      peer.link.send({ type: 'operation-result', id, ok: true, closed });
    } catch (thrown) {
      const code = isHafleetError(thrown) ? thrown.code : 'agent-fault';
      refuseOperation(peer, id, errorText(thrown), code);
    }
  }

  const credential = createCredential({
    node: local.name,
    labels: local.labels,
    dataFolder: local.dataFolder,
    tokenFile: local.tokenFile,
    joinToken,
  });
  const servers = local.servers.map(({ url, ca }) => ({ url, ca: readAuthority(ca) }));
  const follow = createFollow({ held, node: local.name, journal, fleetKey: () => credential.fleetKey() });
  const socketPath = join(local.dataFolder, 'agent.sock');
  const localServer = await serveLocal(
    socketPath,
    createLocalService({
      local,
      version,
      limits,
      held,
      book,
      instances,
      standing: () => ({ current: isCurrent && peers.some(({ link }) => link.isReady), waiting: !isCurrent }),
      onAdded(instance, { id, who, kind, servers }) {
        const names = servers.map(({ backend, server }) => `${backend}/${server}`).join(', ');
        journal.event('info', 'local-change', `${id}: ${kind} ${names}, asked for on this machine by ${who}`);
        acknowledged = held.position;
        void reconcile(instance, held.position?.revision ?? 0);
      },
    }),
  );
  const unregister = announce();

  function announce(): () => void {
    try {
      return register(runtimeFolder, { ...localInfoOf(local, version), socket: socketPath });
    } catch (thrown) {
      if (!isHafleetError(thrown)) throw thrown;
      journal.trouble('registration', thrown);
      return () => undefined;
    }
  }

  for (const server of servers) {
    const link = openLink({
      server,
      credential,
      hello: () => ({
        type: 'hello',
        protocol: PROTOCOL,
        version,
        node: local.name,
        labels: local.labels,
        holds: acknowledged,
        asks: 'level',
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

  const heartbeat = setInterval(() => {
    if (book.tick()) reconcileAll(held.position?.revision ?? 0);
    flush(true);
  }, HEARTBEAT_MS);
  for (const instance of instances) instance.start();
  return {
    node: local.name,
    async stop() {
      clearInterval(heartbeat);
      for (const { link } of peers) link.stop();
      unregister();
      await localServer.close();
      await metricsListener?.close();
      await Promise.all(instances.map((instance: Instance) => instance.stop()));
      persist();
      lock.release();
    },
  };
}
