import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Operation } from './operation.ts';
import { type InstancePlan, type PlanInput, planInstance } from './plan-instance.ts';
import type { AdminState, AspectMemory, ServerIntent, ServerRow } from './types.ts';

const name = (prefix: string) => fc.integer({ min: 1, max: 3 }).map((n) => `${prefix}${n}`);

const row: fc.Arbitrary<ServerRow> = fc.record({
  backendId: fc.constant(3),
  backend: name('b'),
  serverId: fc.constant(1),
  server: name('s'),
  address: fc.constantFrom('10.0.0.1', '10.0.0.2', null),
  port: fc.constantFrom(80, 81),
  operationalState: fc.integer({ min: 0, max: 3 }),
  adminFlags: fc.constantFrom(0, 1, 2, 4, 5, 8, 12, 32),
  userWeight: fc.constantFrom(0, 5, 10),
  initialWeight: fc.constantFrom(5, 10),
  secondsSinceChange: fc.constant(0),
  checkState: fc.constantFrom(0, 2, 6, 14),
  agentState: fc.constant(0),
  useSsl: fc.boolean(),
  fqdn: fc.constant(null),
  srvRecord: fc.constant(null),
});

const want: fc.Arbitrary<ServerIntent['want']> = fc.oneof(
  fc.record({
    aspect: fc.constant('state' as const),
    state: fc.constantFrom<AdminState[]>('ready', 'drain', 'maint'),
  }),
  fc.record({ aspect: fc.constant('weight' as const), weight: fc.constantFrom(0, 7, null) }),
);

const intent = fc.record({
  order: fc.integer({ min: 1, max: 9 }),
  revision: fc.integer({ min: 1, max: 3 }),
  instance: fc.constantFrom('*', 'http', 'ldap'),
  backend: fc.oneof(fc.constant('*'), name('b')),
  server: name('s'),
  want,
  phase: fc.constantFrom<ServerIntent['phase'][]>('holding', 'gating', 'entering', 'returning'),
});

const input: fc.Arbitrary<PlanInput> = fc
  .record({
    rows: fc.uniqueArray(row, { selector: ({ backend, server }) => `${backend}/${server}`, maxLength: 9 }),
    intents: fc.array(intent, { maxLength: 8 }),
    readOnly: fc.constantFrom(false, false, true),
  })
  .map(({ rows, intents, readOnly }) => ({
    instance: 'http',
    rows,
    sessions: new Map(),
    intents: intents.map((one, at) => ({ ...one, id: `CHG-${one.order}:${at}` })),
    memory: new Map(),
    worker: '100@1',
    limits: { allow: ['servers'], backends: ['b1', 'b2'], readOnly },
    config: new Map(
      rows.map(({ backend, server }) => [
        `${backend}/${server}`,
        { address: '10.0.0.1', port: 80, hostname: null, disabled: false, ssl: false },
      ]),
    ),
    failures: new Map(),
    restored: new Set(['b1/s1', 'b2/s2', 'b3/s3']),
  }));

const FLAGS: Record<AdminState, number> = { ready: 0, drain: 8, maint: 1 };

/** What HAProxy does with an operation. */
function afterOperation(row: ServerRow, operation: Operation): ServerRow {
  const isOff = row.adminFlags & 4;
  switch (operation.kind) {
    case 'set-state':
      return leaveMaint({ ...row, adminFlags: FLAGS[operation.state] | isOff }, row, operation.state);
    case 'start-gate':
      return { ...row, adminFlags: 8 | isOff, operationalState: 0, checkState: row.checkState & ~8 };
    case 'set-weight':
      return { ...row, userWeight: operation.weight };
    case 'set-address':
      return { ...row, address: operation.address, port: operation.port };
    case 'set-ssl':
      return { ...row, useSsl: operation.on };
    case 'set-health-up':
      break;
  }
  return { ...row, operationalState: 2 };
}

function leaveMaint(after: ServerRow, before: ServerRow, state: AdminState): ServerRow {
  if (state === 'maint') return { ...after, operationalState: 0 };
  return before.adminFlags & 1 ? { ...after, operationalState: 2 } : after;
}

function afterPlan(before: PlanInput, plan: InstancePlan): PlanInput {
  const memory = new Map<string, AspectMemory>(before.memory);
  for (const { key, to } of plan.memory) {
    if (to) memory.set(key, to);
    else memory.delete(key);
  }
  const rows = before.rows.map((one) =>
    plan.operations
      .filter(({ backend, server }) => backend === one.backend && server === one.server)
      .reduce(afterOperation, one),
  );
  return { ...before, rows, memory };
}

function settle(start: PlanInput): PlanInput {
  let now = start;
  for (let round = 0; round < 4; round++) now = afterPlan(now, planInstance(now));
  return now;
}

/** Every check turns good. */
function turnGreen(before: PlanInput): PlanInput {
  const rows = before.rows.map((one) => (one.adminFlags & 1 ? one : { ...one, operationalState: 2 }));
  return { ...before, rows };
}

describe('planInstance', () => {
  it('has nothing left to do when what it planned was done', () => {
    fc.assert(
      fc.property(input, (given) => {
        expect(planInstance(settle(given)).operations).toEqual([]);
      }),
    );
  });

  it('brings everything to an end when the checks are good', () => {
    fc.assert(
      fc.property(input, (given) => {
        const plan = planInstance(settle(turnGreen(settle(given))));
        expect(plan.operations).toEqual([]);
        expect(plan.memory).toEqual([]);
        for (const { status } of plan.statuses) expect(['applying', 'gating']).not.toContain(status);
      }),
    );
  });

  it('gives the same answer to the same question', () => {
    fc.assert(
      fc.property(input, (given) => {
        expect(planInstance(given)).toEqual(planInstance(structuredClone(given)));
      }),
    );
  });

  it('does nothing at all when the local file says read-only', () => {
    fc.assert(
      fc.property(input, (given) => {
        const limits = { ...given.limits, readOnly: true };
        expect(planInstance({ ...given, limits }).operations).toEqual([]);
      }),
    );
  });

  it('gives one status to each intent of the instance', () => {
    fc.assert(
      fc.property(input, (given) => {
        const ids = given.intents.filter((one) => one.instance !== 'ldap').map((one) => one.id);
        expect(planInstance(given).statuses.map((one) => one.id)).toEqual(ids);
      }),
    );
  });
});
