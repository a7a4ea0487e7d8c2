import type { ParsedChangeRequest } from '../../api/index.ts';
import { changeId, type IntentRecord, type Target } from '../store/records.ts';
import { firstStep, type IntentTarget } from '../../model/index.ts';

export interface NewChange {
  readonly number: number;
  readonly request: ParsedChangeRequest;
  readonly targets: readonly Target[];
  readonly who: string;
  readonly nowWallMs: number;
  readonly until: number | undefined;
}

/** The intents a change brings, one for each server name. A one-off has none. */
export function newIntents({ number, request, targets, who, nowWallMs, until }: NewChange): IntentRecord[] {
  const wanted = firstStep(request.kind, request.weight ?? null);
  if (!wanted) return [];
  const change = changeId(number);
  const instance = request.instance ?? '*';
  return targets.map(({ backend, server }) => ({
    id: intentId(change, { instance, backend, server }),
    change,
    order: number,
    instance,
    backend,
    server,
    ...wanted,
    on: request.on,
    who,
    why: request.reason,
    from: nowWallMs,
    ...(request.exclude === undefined ? {} : { exclude: request.exclude }),
    ...(request.ticket === undefined ? {} : { ticket: request.ticket }),
    ...(until === undefined ? {} : { until }),
  }));
}

/** Is this an intent on its way out: an `enable`, or a weight given back? */
export function isEnding({ want }: Pick<IntentRecord, 'want'>): boolean {
  return want.aspect === 'state' ? want.state === 'ready' : want.weight === null;
}

/** `CHG-12:web/web1`, or with an instance `CHG-12:http/web/web1`. */
export function intentId(change: string, { instance, backend, server }: IntentTarget): string {
  return `${change}:${instance === '*' ? '' : `${instance}/`}${backend}/${server}`;
}
