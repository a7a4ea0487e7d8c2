/** What an operator sets. */
export type AdminState = 'ready' | 'drain' | 'maint';

/** `srv_op_state` 0…3 in HAProxy's words. */
export type OperationalState = 'stopped' | 'starting' | 'running' | 'stopping';

/**
 * Why a server is not ready. `agent`: an agent check is running, which sets the very bits an operator sets, and no
 * intent explains them. `operator` without an intent is a change by hand.
 */
export type AdminCause = 'operator' | 'configuration' | 'inherited' | 'resolution' | 'agent';

/**
 * `unchecked`: nothing tests this server, so up means only that nobody said otherwise. `untested`: checked, but no
 * result is in yet; HAProxy sends requests all the same. `unknown`: in maint no check runs, and what the columns
 * say is from before.
 */
export type Health = 'up' | 'down' | 'going-up' | 'going-down' | 'unchecked' | 'untested' | 'unknown';

/** The word people read. `NOLB`: stopping, only sticky requests still arrive (a check answered 404, or by command). */
export type StateWord = 'UP' | 'GOING UP' | 'GOING DOWN' | 'DOWN' | 'DRAIN' | 'MAINT' | 'NO CHECK' | 'NOLB';

/** The columns of one line of `show servers state`, and what only the file and the store know. */
export interface ServerStateFacts {
  /** srv_op_state. Anything but 0…3 is read as stopped. */
  readonly operationalState: number;
  /** srv_admin_state, a mask; see flags.ts. */
  readonly adminFlags: number;
  /** srv_check_status: 0 and 1 mean that no check has ended yet. */
  readonly checkStatus: number;
  /** srv_check_result. Zero while a check is under way on 2.6 to 3.2, so 0 alone says nothing. */
  readonly checkResult: number;
  /** srv_check_health: good results in a row, from 0 to rise + fall - 1. */
  readonly checkHealth: number;
  /** srv_check_state, a mask; see flags.ts. */
  readonly checkState: number;
  /** srv_agent_state, a mask like checkState. */
  readonly agentState: number;
  /** srv_uweight: the weight now. */
  readonly userWeight: number;
  /** srv_iweight: the weight in the file. */
  readonly initialWeight: number;
  /** Does the loaded file say `disabled`? Left out where nobody read the file. */
  readonly configDisabled?: boolean;
  /** Does the loaded file say `track`? Such a server shows no check of its own, yet its health is the tracked one's. */
  readonly tracked?: boolean;
  /** The `rise` of the server, where known: tells an agent's `down` from a server on its way up. */
  readonly rise?: number;
  /** What the winning intent wants here, if there is one. */
  readonly intent?: { readonly state: 'drain' | 'maint' };
}

export interface ServerState {
  readonly admin: AdminState;
  /** Empty exactly when `admin` is ready. */
  readonly adminCauses: readonly AdminCause[];
  readonly operational: OperationalState;
  readonly health: Health;
  /** Set when an agent check, and not the health check, holds the server down. */
  readonly downByAgent: boolean;
  /** The weight is 0: no new requests. Not a drain: nobody ends it by `enable`, and sticky requests still arrive. */
  readonly zeroWeight: boolean;
  /** Not the weight of the file: set at run time, by intent or by hand. */
  readonly weightChanged: boolean;
  /** Takes new requests: ready, starting or running, weight above 0. Whether it is a backup is not asked here. */
  readonly usable: boolean;
  /** The file disables it and it is in by command only: the next reload without a state file takes it out. */
  readonly outAtReload: boolean;
  readonly word: StateWord;
}
