import { z } from 'zod';
import { type WireIntent, localChange } from '../../api/index.ts';

/** A local change with how far it has come. */
export const localRecord = localChange.extend({
  phase: z.enum(['holding', 'entering', 'returning']),
  /** Counts its steps: a new one is applied again, also over drift. */
  step: z.number().int(),
  gateMs: z.number().optional(),
});
export type LocalRecord = z.infer<typeof localRecord>;

/** An enable brings a server in, and a weight of null gives the default back: both end what held before. */
export function isEnding({
  kind,
  weight,
}: {
  readonly kind: LocalRecord['kind'];
  readonly weight?: number | null | undefined;
}): boolean {
  return kind === 'enable' || (kind === 'weight' && (weight ?? null) === null);
}

/**
 * The agreed intents with the local ones above them. Until a server has taken a local change up, whatever it sends was
 * decided without knowing of it: so local ones are above the newest of all, in the order in which they were asked for.
 */
export function withLocal(agreed: readonly WireIntent[], local: readonly LocalRecord[]): WireIntent[] {
  const highest = agreed.reduce((most, { order }) => Math.max(most, order), 0);
  const open = local.filter(({ over }) => over === undefined);
  return [...agreed, ...open.flatMap((one, at) => intentsOf(one, highest + 1 + at))];
}

/** One for each server; the ids tell them apart in statuses and in what is remembered. */
export function intentsOf(record: LocalRecord, order: number): WireIntent[] {
  const { id, instance, servers, step, phase, who, why, ticket } = record;
  return servers.map(({ backend, server }, index) => ({
    id: intentIdOf(record, index),
    change: id,
    order,
    revision: step,
    instance,
    backend,
    server,
    want: wantOf(record),
    phase,
    on: '*',
    who,
    why,
    ...(ticket !== undefined && { ticket }),
    from: record.at,
  }));
}

/** With the server's name, for people; HAProxy's names may be longer than an id. */
export function intentIdOf({ id, servers }: LocalRecord, index: number): string {
  const { backend, server } = servers[index] ?? { backend: '', server: '' };
  const full = `${id}:${backend}/${server}`;
  return full.length <= 200 ? full : `${id}#${index}`;
}

function wantOf({ kind, weight }: LocalRecord): WireIntent['want'] {
  switch (kind) {
    case 'disable':
      return { aspect: 'state', state: 'maint' };
    case 'drain':
      return { aspect: 'state', state: 'drain' };
    case 'enable':
      return { aspect: 'state', state: 'ready' };
    case 'weight':
      return { aspect: 'weight', weight: weight ?? null };
  }
}
