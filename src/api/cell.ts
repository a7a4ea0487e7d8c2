/**
 * Bits of a cell. `usable`: takes new requests. `fileDisabled`: haproxy.cfg disables it (set also while it is in by
 * command). `byOperator` … `byAgent`: what took it out of ready, several may hold at once. `byOperator` without an
 * intent is a change by hand.
 */
export const CELL = {
  usable: 1,
  fileDisabled: 2,
  backup: 4,
  drifted: 8,
  byOperator: 16,
  byConfiguration: 32,
  byInheritance: 64,
  byResolution: 128,
  byAgent: 256,
  weightChanged: 512,
  zeroWeight: 1024,
} as const;
