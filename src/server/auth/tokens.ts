import { ApiError, type TokenRequest, tokenRequest, type TokenView } from '../../api/index.ts';
import { sha256, type Clock } from '../../lib/index.ts';
import type { Store } from '../../store/index.ts';
import { newSecret } from '../store/identity.ts';
import { KEYS, PREFIXES } from '../store/keys.ts';
import { tokenRecord, type TokenRecord } from '../store/records.ts';

export interface NewToken {
  readonly token: TokenView;
  /** Shown once. */
  readonly secret: string;
  /** Store revision that holds it. */
  readonly revision: number;
}

interface KnownToken {
  readonly key: string;
  readonly record: TokenRecord;
}

/** Makes a token in the store; used by the API and, with no server running, on the store's own machine. */
export async function createToken(
  store: Store,
  wanted: TokenRequest,
  { clock, createdBy }: { readonly clock: Clock; readonly createdBy: string },
): Promise<NewToken> {
  const { forMs, ...asked } = tokenRequest.parse(wanted);
  const known = await readTokens(store);
  if (known.some(({ record }) => record.name === asked.name))
    throw new ApiError('token-name-taken', `there is a token ${asked.name} already`, {
      hint: `choose another name, or \`hafleet token revoke ${asked.name}\` first`,
    });
  const createdAt = clock.wallMs();
  const record: TokenRecord = {
    ...asked,
    createdAt,
    createdBy,
    ...(forMs === undefined ? {} : { expiresAt: createdAt + forMs }),
  };
  const secret = newSecret('api');
  const { revision } = await store.txn({
    success: [{ type: 'put', key: KEYS.token(sha256(secret)), value: JSON.stringify(record) }],
  });
  return { token: tokenViewOf(record, createdAt), secret, revision };
}

/** Ends a token. Refused for the last one that may make others, or nobody could enter any more. */
export async function revokeToken(
  store: Store,
  name: string,
  clock: Clock,
): Promise<{ token: TokenView; revision: number }> {
  const known = await readTokens(store);
  const found = known.find(({ record }) => record.name === name);
  if (!found)
    throw new ApiError('unknown-token', `there is no token ${name}`, {
      hint: '`hafleet token list` shows them all',
    });
  const now = clock.wallMs();
  const others = known.filter(({ key, record }) => key !== found.key && isLastingAdmin(record));
  if (isLastingAdmin(found.record) && others.length === 0)
    throw new ApiError('last-admin-token', `${name} is the last token that may make others`, {
      hint: '`hafleet token create NAME --role admin` first',
    });
  const { revision } = await store.txn({ success: [{ type: 'delete', key: found.key }] });
  return { token: tokenViewOf(found.record, now), revision };
}

export function tokenViewOf(record: TokenRecord, nowWallMs: number): TokenView {
  return { ...record, expired: record.expiresAt !== undefined && record.expiresAt <= nowWallMs };
}

function isLastingAdmin({ role, scope, expiresAt }: TokenRecord): boolean {
  return (
    role === 'admin' && expiresAt === undefined && scope.backends.includes('*') && scope.nodes.includes('*')
  );
}

async function readTokens(store: Store): Promise<KnownToken[]> {
  const { entries } = await store.range({ prefix: PREFIXES.tokens });
  return entries.map(({ key, value }) => ({ key, record: tokenRecord.parse(JSON.parse(value)) }));
}
