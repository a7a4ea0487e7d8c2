export { type Check, CHECKS_PER_SECOND, checkLoad } from './check-load.ts';
export { diagnose, diagnoseAlone } from './diagnose.ts';
export * from './facts.ts';
export { type Finding, FINDING_SEVERITIES, type FindingSeverity } from './finding.ts';
export { diagnoseFleet, type FleetFacts, MAX_SKEW_MS } from './fleet.ts';
