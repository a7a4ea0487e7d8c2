import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { join } from 'node:path';
import { ApiError, API_ERRORS, type WireIntent } from '../../api/index.ts';
import { compareNatural, sha256, systemClock, type Clock, type Logger } from '../../lib/index.ts';
import { openEmbeddedStore, type Store } from '../../store/index.ts';
import { createHub } from '../agents/hub.ts';
import { FleetView } from '../fleet/fleet-view.ts';
import type { NodeLive } from '../fleet/node-live.ts';
import { listenOn, readTls, STORE_FILE, type ListenOptions } from '../listen.ts';
import { readFleetKeyFile, FLEET_KEY_FILE, type FleetKey } from '../store/fleet-key.ts';
import { KEYS, PREFIXES } from '../store/keys.ts';
import {
  fleetRecord,
  intentRecord,
  nodeRecord,
  type InventoryRecord,
  type NodeRecord,
} from '../store/records.ts';
import { createMemoryMirror } from './memory-mirror.ts';
import { rebuildIntents, type HeldByNode, type Rebuilt } from './rebuild.ts';
import { writeRecovered, type Recovered } from './write.ts';

export interface RecoveryOptions extends ListenOptions {
  readonly dataFolder: string;
  /** The kept copy of the fleet's key; default: the one in the data folder. */
  readonly keyFile?: string;
  readonly version: string;
  readonly log: Logger;
  readonly clock?: Clock;
}

export interface RecoveryPreview {
  readonly fleetId: string;
  readonly newEpoch: number;
  /** Nodes that have said what they hold. */
  readonly heard: readonly string[];
  /** Nodes of the old store that have not: they will wait to be adopted. */
  readonly missing: readonly string[];
  /** In what is found now and not in the old store. */
  readonly regained: Rebuilt['intents'];
  readonly kept: Rebuilt['intents'];
  /** In the old store or on some node, and ended since. */
  readonly ended: Rebuilt['ended'];
}

/** A recovery that listens: agents dial in and say what they hold; nothing is written before `write`. */
export interface Recovery {
  readonly url: string;
  /** Resolves with the next thing that is heard; a second at most. */
  changed(): Promise<void>;
  preview(): RecoveryPreview;
  /** Writes the fleet as previewed, in a new epoch. The server is then started as always. */
  write(): Promise<Recovered>;
  stop(): Promise<void>;
}

/**
 * Rebuilds a store from what the agents hold: after it was lost, or replaced by an old backup. Takes the store's lock, so no
 * server can run on it meanwhile, and listens where the server did, since that is where the agents dial.
 */
export async function openRecovery(options: RecoveryOptions): Promise<Recovery> {
  const { dataFolder, keyFile = join(dataFolder, FLEET_KEY_FILE) } = options;
  const key = readFleetKeyFile(keyFile);
  const store = await openEmbeddedStore({ path: join(dataFolder, STORE_FILE) });
  try {
    return await recoverOn(store, key, options);
  } catch (thrown) {
    await store.close();
    throw thrown;
  }
}

async function recoverOn(store: Store, key: FleetKey, options: RecoveryOptions): Promise<Recovery> {
  const { log, version, clock = systemClock } = options;
  const old = await readOldStore(store, key);
  const nodes = createMemoryMirror<NodeRecord>();
  const view = new FleetView({ clock, nodes, inventory: createMemoryMirror<InventoryRecord>() });
  const credentials = new Map<string, string>();
  const hub = createHub({
    fleet: { id: key.fleetId, epoch: old.epoch },
    proof: () => undefined,
    version,
    view,
    log,
    nodeOf(credential) {
      const name = key.readCredential(credential);
      if (name === undefined) return undefined;
      credentials.set(name, sha256(credential));
      const record = { name, labels: {}, credentialDigest: sha256(credential), enrolledAt: clock.wallMs() };
      nodes.set(name, old.nodes.get(name) ?? record);
      return name;
    },
    dispatcher: { heard: (name) => askOnce(view.node(name)) },
  });
  const server = await answerRecovering(options);
  server.on('upgrade', (request, socket, head) => hub.upgrade(request, socket, head));

  const heard = (): HeldByNode[] =>
    view
      .nodeNames()
      .map((name) => view.node(name))
      .filter(({ heldIntents }) => heldIntents !== null)
      .map(({ name, labels, holds, heldIntents }) => ({
        name,
        labels,
        position: holds,
        intents: heldIntents ?? [],
      }));
  const preview = () => previewOf(key.fleetId, old, heard());

  return {
    url: await listenOn(server, options),
    changed: () => view.changed(),
    preview,
    async write() {
      const { newEpoch, regained, kept } = preview();
      const records = heard().map(({ name, labels }): NodeRecord => ({
        name,
        labels: { ...labels },
        credentialDigest: credentials.get(name) ?? '',
        enrolledAt: old.nodes.get(name)?.enrolledAt ?? clock.wallMs(),
      }));
      const lastChange = rebuildIntents(heard()).lastChange;
      const intents = [...kept, ...regained];
      return writeRecovered({
        store,
        key,
        clock,
        heard: heard(),
        records,
        intents,
        newEpoch,
        lastChange,
        dataFolder: options.dataFolder,
      });
    },
    async stop() {
      hub.close();
      await new Promise((resolve) => server.close(resolve));
      await store.close();
    },
  };
}

interface OldStore {
  readonly epoch: number;
  readonly nodes: ReadonlyMap<string, NodeRecord>;
  /** Each as if a node of its own held it, at the revision it was stored: agents that know more may say it has ended. */
  readonly holders: readonly HeldByNode[];
}

async function readOldStore(store: Store, { fleetId }: FleetKey): Promise<OldStore> {
  const entry = (await store.range({ key: KEYS.fleet })).entries[0];
  const fleet = entry && fleetRecord.parse(JSON.parse(entry.value));
  if (fleet && fleet.id !== fleetId)
    throw new ApiError('conflict', `the store is of ${fleet.id}, the key of ${fleetId}`, {
      hint: 'choose the data folder of the fleet the key belongs to, or an empty one',
    });
  const epoch = fleet?.epoch ?? 1;
  const nodes = await store.range({ prefix: PREFIXES.nodes });
  const intents = await store.range({ prefix: PREFIXES.intents });
  return {
    epoch,
    nodes: new Map(
      nodes.entries.map(({ value }) => nodeRecord.parse(JSON.parse(value))).map((one) => [one.name, one]),
    ),
    holders: intents.entries.map(({ value, modRevision }) => {
      const intent: WireIntent = { ...intentRecord.parse(JSON.parse(value)), revision: modRevision };
      return {
        name: 'the old store',
        labels: {},
        intents: [intent],
        position: { fleetId, epoch, revision: modRevision, digest: '' },
      };
    }),
  };
}

function previewOf(fleetId: string, old: OldStore, heard: readonly HeldByNode[]): RecoveryPreview {
  const { intents, ended } = rebuildIntents([...heard, ...old.holders]);
  const stored = new Set(old.holders.flatMap((holder) => holder.intents.map(({ id }) => id)));
  const names = new Set(heard.map(({ name }) => name));
  return {
    fleetId,
    newEpoch: Math.max(old.epoch, ...heard.map(({ position }) => position?.epoch ?? 0)) + 1,
    heard: [...names].sort(compareNatural),
    missing: [...old.nodes.keys()].filter((name) => !names.has(name)).sort(compareNatural),
    regained: intents.filter(({ id }) => !stored.has(id)),
    kept: intents.filter(({ id }) => stored.has(id)),
    ended,
  };
}

function askOnce(node: NodeLive): void {
  if (node.heldIntents === null) node.link?.send({ type: 'tell-held' });
}

/** Everybody else is told to come back later. */
async function answerRecovering({ listen, tls }: RecoveryOptions) {
  const files = readTls({ listen, ...(tls ? { tls } : {}) });
  const body = JSON.stringify({
    error: {
      code: 'recovering',
      message: 'the store is being recovered from the agents',
      hint: 'try again when `hafleet store recover` is through and the server runs again',
      retryable: true,
      requestId: '',
    },
  });
  const answer: Parameters<typeof createHttpServer>[1] = (_request, response) =>
    void response.writeHead(API_ERRORS.recovering.status, { 'content-type': 'application/json' }).end(body);
  return files ? createHttpsServer(files, answer) : createHttpServer(answer);
}
