import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import {
  credentialPayload,
  type CredentialPayload,
  type EpochProof,
  type EpochRecord,
} from '../../api/index.ts';
import {
  errorText,
  HafleetError,
  isSigned,
  newKeyPair,
  publicKeyOf,
  replaceFileSync,
  signText,
} from '../../lib/index.ts';

/** The file to keep a copy of: with it, a fleet can be recovered from its agents when the store is lost. */
export const FLEET_KEY_FILE = 'fleet.key';

const keyFile = z.object({ fleetId: z.string(), privateKey: z.string() });

/** Signs what agents must be able to check without any store: their own credentials, and the start of an epoch. */
export interface FleetKey {
  readonly fleetId: string;
  readonly publicKey: string;
  newCredential(node: string): string;
  /** The node a credential was made for, if this fleet made it. Whether it still counts is for the store to say. */
  readCredential(text: string): string | undefined;
  sign(record: EpochRecord): EpochProof;
}

const CREDENTIAL = /^hafleet_node_([\w-]{1,600})\.([\w-]{1,200})$/;

export function createFleetKey(dataFolder: string, fleetId: string): FleetKey {
  const path = join(dataFolder, FLEET_KEY_FILE);
  if (existsSync(path))
    throw new HafleetError('fleet-key-left', `${path} is the key of a fleet whose store is gone`, {
      hint: 'to get that fleet back from its agents: `hafleet store recover`; to begin a new one, move the key away',
    });
  const { privateKey } = newKeyPair();
  replaceFileSync(path, `${JSON.stringify({ fleetId, privateKey })}\n`);
  return fleetKeyOf({ fleetId, privateKey });
}

/** @throws HafleetError `fleet-key-missing`, `fleet-key-wrong` */
export function readFleetKey(dataFolder: string, fleetId?: string): FleetKey {
  return readFleetKeyFile(join(dataFolder, FLEET_KEY_FILE), fleetId);
}

export function readFleetKeyFile(path: string, fleetId?: string): FleetKey {
  const key = parseKeyFile(path);
  if (fleetId !== undefined && key.fleetId !== fleetId)
    throw new HafleetError(
      'fleet-key-wrong',
      `${path} is the key of ${key.fleetId}; the store is of ${fleetId}`,
      {
        hint: 'put the key of this fleet there',
      },
    );
  return fleetKeyOf(key);
}

function parseKeyFile(path: string): z.infer<typeof keyFile> {
  try {
    return keyFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new HafleetError('fleet-key-missing', `cannot read the key of the fleet: ${errorText(cause)}`, {
      hint: `put the copy you keep back to ${path}`,
      cause,
    });
  }
}

function fleetKeyOf({ fleetId, privateKey }: z.infer<typeof keyFile>): FleetKey {
  const publicKey = publicKeyOf(privateKey);
  return {
    fleetId,
    publicKey,
    newCredential(node) {
      const payload: CredentialPayload = {
        node,
        fleet: fleetId,
        nonce: randomBytes(12).toString('base64url'),
      };
      const text = Buffer.from(JSON.stringify(payload)).toString('base64url');
      return `hafleet_node_${text}.${signText(text, privateKey)}`;
    },
    readCredential(text) {
      const [, payload = '', signature = ''] = CREDENTIAL.exec(text) ?? [];
      if (!isSigned(payload, signature, publicKey)) return undefined;
      const read = credentialPayload.safeParse(
        JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')),
      );
      return read.success && read.data.fleet === fleetId ? read.data.node : undefined;
    },
    sign(record) {
      const text = JSON.stringify(record);
      return { text, signature: signText(text, privateKey) };
    },
  };
}
