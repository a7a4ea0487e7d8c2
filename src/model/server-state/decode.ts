import { decodeAdmin } from './decode-admin.ts';
import { decodeHealth, isDownByAgent } from './decode-health.ts';
import { ADMIN_FLAG, hasFlag } from './flags.ts';
import type {
  AdminState,
  Health,
  OperationalState,
  ServerState,
  ServerStateFacts,
  StateWord,
} from './types.ts';

/**
 * One server on one instance, on both axes. The admin mask alone does not tell maint from ready (bit 4 stays after
 * `ready`), nor the file from a person (both read 5), so mask, operational state, intent and file decide together.
 */
export function decodeServerState(facts: ServerStateFacts): ServerState {
  const { admin, causes } = decodeAdmin(facts);
  const operational = OPERATIONAL[facts.operationalState] ?? 'stopped';
  const health = decodeHealth(facts, admin, operational);
  const zeroWeight = facts.userWeight === 0;
  return {
    admin,
    adminCauses: causes,
    operational,
    health,
    downByAgent: isDownByAgent(facts, admin, operational),
    zeroWeight,
    weightChanged: facts.userWeight !== facts.initialWeight,
    usable: admin === 'ready' && (operational === 'running' || operational === 'starting') && !zeroWeight,
    outAtReload: admin !== 'maint' && isDisabledInFile(facts),
    word: stateWord(admin, operational, health),
  };
}

const OPERATIONAL: Readonly<Record<number, OperationalState>> = {
  0: 'stopped',
  1: 'starting',
  2: 'running',
  3: 'stopping',
};

/** The loaded worker's bit outranks the file on disk, which somebody may have edited since. */
function isDisabledInFile({ adminFlags, configDisabled }: ServerStateFacts): boolean {
  return hasFlag(adminFlags, ADMIN_FLAG.configMaint) || configDisabled === true;
}

/** DOWN hides DRAIN, as on HAProxy's own page: a drained server that is dead serves nobody. */
function stateWord(admin: AdminState, operational: OperationalState, health: Health): StateWord {
  if (admin === 'maint') return 'MAINT';
  if (operational === 'stopped') return health === 'going-up' ? 'GOING UP' : 'DOWN';
  if (admin === 'drain') return 'DRAIN';
  if (operational === 'stopping') return 'NOLB';
  if (health === 'going-down') return 'GOING DOWN';
  return health === 'unchecked' ? 'NO CHECK' : 'UP';
}
