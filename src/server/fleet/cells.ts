import { CELL, type Cell, type ServerReport } from '../../api/index.ts';
import { decodeServerState, type AdminCause, type ServerState } from '../../model/index.ts';
import type { InstanceLive } from './instance-live.ts';
import type { StateIntents } from './winning.ts';

const CAUSE_BITS: Readonly<Record<AdminCause, number>> = {
  operator: CELL.byOperator,
  configuration: CELL.byConfiguration,
  inherited: CELL.byInheritance,
  resolution: CELL.byResolution,
  agent: CELL.byAgent,
};

/** What an instance says of one server, decoded with the intent that holds it there. */
export function stateOf(row: ServerReport, intents: Pick<StateIntents, 'stateWanted'>): ServerState {
  const wanted = intents.stateWanted(row);
  return decodeServerState({
    operationalState: row.operationalState,
    adminFlags: row.adminFlags,
    checkStatus: row.checkStatus,
    checkResult: row.checkResult,
    checkHealth: row.checkHealth,
    checkState: row.checkState,
    agentState: row.agentState,
    userWeight: row.weight,
    initialWeight: row.initialWeight,
    ...(row.fileDisabled === undefined ? {} : { configDisabled: row.fileDisabled }),
    ...(row.tracked === undefined ? {} : { tracked: row.tracked }),
    ...(row.rise === undefined ? {} : { rise: row.rise }),
    ...(wanted === 'drain' || wanted === 'maint' ? { intent: { state: wanted } } : {}),
  });
}

export function cellOf(row: ServerReport, intents: StateIntents, drifted: boolean): NonNullable<Cell> {
  const state = stateOf(row, intents);
  return [
    state.word,
    state.admin,
    row.weight,
    row.since,
    row.check ?? '',
    bitsOf(row, state, drifted),
    row.sessions ?? null,
  ];
}

function bitsOf(row: ServerReport, state: ServerState, drifted: boolean): number {
  let bits = 0;
  for (const cause of state.adminCauses) bits |= CAUSE_BITS[cause];
  if (state.usable) bits |= CELL.usable;
  if (row.fileDisabled) bits |= CELL.fileDisabled;
  if (row.backup) bits |= CELL.backup;
  if (drifted) bits |= CELL.drifted;
  if (state.weightChanged) bits |= CELL.weightChanged;
  if (state.zeroWeight) bits |= CELL.zeroWeight;
  return bits;
}

/** Servers of this instance on which some intent was undone by hand. Statuses name intents, so servers come from those. */
export function driftedIntents(live: InstanceLive): ReadonlySet<string> {
  return new Set(
    [...live.statuses.values()].filter(({ status }) => status === 'drifted').map(({ id }) => id),
  );
}
