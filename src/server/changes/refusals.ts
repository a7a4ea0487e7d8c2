import { ApiError, type ChangePlan } from '../../api/index.ts';
import { foldNodeSet } from '../../model/index.ts';
import { STANDING_TEXTS } from '../agents/standing-text.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import { changeId, type ChangeRecord } from '../store/records.ts';

/** A store that agents know better than must not decide: what it would write might undo what it never saw. */
export function requireLeading(view: FleetView): void {
  const ahead = view.nodesAhead();
  if (ahead.length === 0) return;
  const { code, message, hint } = STANDING_TEXTS.behind;
  throw new ApiError('store-behind', `${foldNodeSet(ahead)}: ${message}`, {
    hint,
    facts: { code, nodes: ahead },
  });
}

export function guardRefused(plan: ChangePlan): ApiError {
  const messages = plan.refusals.map(({ guard, message }) => `guard ${guard}: ${message}`);
  const fits = plan.refusals.flatMap((refusal) =>
    refusal.fits === undefined ? [] : [`${refusal.fits} would fit.`],
  );
  const overrides = [...new Set(plan.refusals.map(({ override }) => override))];
  return new ApiError('guard-refused', [...messages, ...fits].join(' '), {
    hint: `to insist: ${overrides.join(' ')}`,
    facts: { plan },
  });
}

export function unknownChange(id: string): ApiError {
  return new ApiError('unknown-change', `there is no change ${JSON.stringify(id.slice(0, 50))}`, {
    hint: '`hafleet change list` shows the latest',
  });
}

export function nothingToUndo({ number }: ChangeRecord, why: string): ApiError {
  return new ApiError('nothing-to-undo', `${changeId(number)} cannot be undone: ${why}`, {
    hint: `\`hafleet change show ${changeId(number)}\` tells what it did`,
  });
}

export function nothingToRetry({ number, state }: ChangeRecord): ApiError {
  return new ApiError('nothing-to-retry', `${changeId(number)} is over: ${state}`, {
    hint: 'make the change anew if it is wanted again',
  });
}
