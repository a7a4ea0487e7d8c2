export * from './doctor/index.ts';
export { type PlanStatus, type PlanStatusWord, PLAN_STATUSES } from './fold-status.ts';
export { globToPattern, type Prohibition, prohibitions } from './limits.ts';
export {
  describeOperation,
  isRightFromAnyState,
  type Operation,
  type OperationKind,
  takesOut,
} from './operation.ts';
export { type Drift, type InstancePlan, type Kept, planInstance, type PlanInput } from './plan-instance.ts';
export {
  adminStateOf,
  hasAgentCheck,
  hasHealthCheck,
  isInherited,
  isRunning,
  isStopped,
} from './server-flags.ts';
export {
  composeStateFile,
  sameStateFile,
  serversInStateFile,
  type StateFileInput,
  type StateLine,
} from './state-file.ts';
export * from './types.ts';
