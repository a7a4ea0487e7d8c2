import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateNodeSet, parseNodeSet } from '../node-set/index.ts';
import type { ServerPlace } from '../selector/index.ts';
import { checkGuards, countCapacity, floorCount, floorsOf, parseFloor } from './index.ts';
import type { Floor, GuardedInstance, GuardedServer, GuardName, GuardRequest, GuardResult } from './index.ts';

interface Story {
  readonly title: string;
  readonly lines: readonly string[];
  readonly expected: readonly string[];
}

function stories(): Story[] {
  const text = readFileSync(join(import.meta.dirname, 'cases/guards.case'), 'utf8');
  return text
    .split(/^story: /m)
    .slice(1)
    .map((block) => {
      const [title = '', ...rest] = block.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
      const lines = rest.filter((line) => !line.startsWith('=> '));
      return {
        title,
        lines,
        expected: rest.filter((line) => line.startsWith('=> ')).map((line) => line.slice(3)),
      };
    });
}

function names(text: string): readonly string[] {
  const set = parseNodeSet(text);
  if (!set.ok) throw new Error(`${text}: ${set.error.message}`);
  return evaluateNodeSet(set.value, {}).names;
}

function floor(text: string): Floor {
  const parsed = parseFloor(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

function ageOf(text: string): number | undefined {
  return text === 'gone' ? undefined : Number.parseInt(text, 10) * 1_000;
}

function numbers(text: string | undefined): Set<number> {
  return new Set(text === undefined ? [] : names(`[${text}]`).map(Number));
}

/** Reads a story into a request; later `backend … on` lines replace that backend on the nodes they name. */
function readStory(lines: readonly string[]): GuardRequest {
  const nodes = new Map<string, { ageMs: number | undefined; servers: GuardedServer[] }>();
  const outs: { servers: readonly string[]; backend: string; on: string | undefined }[] = [];
  const floors: Record<string, Floor> = {};
  const overrides: { guard: GuardName; reason: string }[] = [];
  const locks: { scope: string; owner: string; reason: string }[] = [];
  const change: { takesOut: boolean; minHealthy?: Floor; requireAgreement?: boolean } = { takesOut: true };

  const verbs: Record<string, (words: readonly string[]) => void> = {
    lbs: ([set = '']) => names(set).forEach((node) => nodes.set(node, { ageMs: 0, servers: [] })),
    backend: ([backend = '', count = '0', ...rest]) => {
      const option = (key: string) => (rest.includes(key) ? rest[rest.indexOf(key) + 1] : undefined);
      const [down, backup, on] = [numbers(option('down')), numbers(option('backup')), option('on')];
      for (const node of on === undefined ? nodes.keys() : names(on)) {
        const state = nodes.get(node);
        if (!state) throw new Error(`no ${node}`);
        const servers = Array.from({ length: Number(count) }, (_, i) => ({
          backend,
          server: `${backend}${i + 1}`,
          usable: !down.has(i + 1),
          backup: backup.has(i + 1),
        }));
        state.servers = [...state.servers.filter((server) => server.backend !== backend), ...servers];
      }
    },
    age: ([node = '', age = '']) => {
      const state = nodes.get(node);
      if (state) state.ageMs = ageOf(age);
    },
    floor: ([backend = '', text = '']) => void (floors[backend] = floor(text)),
    min: ([text = '']) => void (change.minHealthy = floor(text)),
    out: ([servers = '', , backend = '', , on]) => void outs.push({ servers: names(servers), backend, on }),
    in: ([servers = '', , backend = '']) => {
      change.takesOut = false;
      outs.push({ servers: names(servers), backend, on: undefined });
    },
    agree: () => void (change.requireAgreement = true),
    lock: ([scope = '', owner = '', ...reason]) =>
      void locks.push({ scope, owner, reason: reason.join(' ') }),
    override: ([guard = '', ...reason]) =>
      void overrides.push({ guard: guard as GuardName, reason: reason.join(' ') }),
  };
  for (const line of lines) {
    const [verb = '', ...words] = line.split(' ');
    const run = verbs[verb];
    if (!run) throw new Error(`unknown word in case: ${line}`);
    run(words);
  }

  const instances: GuardedInstance[] = [...nodes].map(([node, state]) => ({
    node,
    instance: `${node}/http`,
    ...state,
  }));
  const places: ServerPlace[] = outs.flatMap(({ servers, backend, on }) =>
    instances
      .filter(({ node }) => on === undefined || names(on).includes(node))
      .flatMap(({ instance, servers: known }) =>
        known
          .filter((server) => server.backend === backend && servers.includes(server.server))
          .map(({ server }) => ({ instance, backend, server })),
      ),
  );
  const scope = instances.map(({ instance }) => instance);
  return { change: { ...change, places, scope }, instances, floors, locks, overrides };
}

function printResult({ verdict, refusals, overridden, warnings, pending }: GuardResult): string[] {
  return [
    verdict,
    ...refusals.map(({ guard, message, fits, override }) =>
      [`${guard}: ${message}`, ...(fits === undefined ? [] : [`${fits} would fit.`]), override].join(' '),
    ),
    ...overridden.map(({ guard, message, reason }) => `overridden ${guard}: ${message} (${reason})`),
    ...warnings.map((warning) => `warning ${warning}`),
    ...pending.map(({ instance, freshness }) => `pending ${instance} ${freshness}`),
  ];
}

describe('guards', () => {
  it.each(stories())('$title', ({ lines, expected }) => {
    expect(printResult(checkGuards(readStory(lines)))).toEqual(expected);
  });

  it('names instances, not nodes, where one node has several of them', () => {
    const instance = (name: string): GuardedInstance => ({
      instance: `lb1/${name}`,
      node: 'lb1',
      ageMs: 0,
      servers: [{ backend: 'web', server: 'web1', usable: true, backup: false }],
    });
    const places = ['http', 'ldap'].map((name) => ({
      instance: `lb1/${name}`,
      backend: 'web',
      server: 'web1',
    }));
    const change = { takesOut: true, places, scope: [] };
    const { refusals } = checkGuards({ change, instances: [instance('http'), instance('ldap')] });
    expect(refusals[0]?.message).toBe('web would keep 0 usable of 1 on lb1/http,lb1/ldap, floor 1.');
  });

  it('counts an instance that was never read as pending, and one that has none of the servers as skipped', () => {
    const web = { backend: 'web', usable: true, backup: false };
    const instances: GuardedInstance[] = [
      {
        instance: 'lb1/http',
        node: 'lb1',
        ageMs: 0,
        servers: ['a', 'b', 'c'].map((server) => ({ ...web, server })),
      },
      { instance: 'lb2/http', node: 'lb2', ageMs: undefined, servers: [] },
      {
        instance: 'lb3/ldap',
        node: 'lb3',
        ageMs: undefined,
        servers: [{ ...web, backend: 'ldap', server: 'x' }],
      },
    ];
    const change = {
      takesOut: true,
      places: [{ instance: 'lb1/http', backend: 'web', server: 'a' }],
      scope: ['lb1/http', 'lb2/http', 'lb3/ldap'],
    };
    expect(checkGuards({ change, instances })).toMatchObject({
      verdict: 'go-pending',
      pending: [{ node: 'lb2' }],
    });
  });

  it('answers for 200 instances with 1,000 servers each within a second or so', () => {
    const instances = Array.from({ length: 200 }, (_, i) => ({
      instance: `lb${i}/http`,
      node: `lb${i}`,
      ageMs: 0,
      servers: Array.from({ length: 1_000 }, (_, s) => ({
        backend: 'b',
        server: `s${s}`,
        usable: true,
        backup: false,
      })),
    }));
    const places = instances.flatMap(({ instance, servers }) => servers.map((s) => ({ ...s, instance })));
    const { refusals } = checkGuards({ change: { takesOut: true, places, scope: [] }, instances });
    expect(refusals[0]).toMatchObject({ fits: 'b/s[0-499]' });
  });
});

describe('floors', () => {
  it('reads numbers and percentages and refuses anything else', () => {
    expect(['8', '60%', '0', ' 5 '].map(parseFloor)).toMatchObject([
      { value: { count: 8 } },
      { value: { percent: 60 } },
      { value: { count: 0 } },
      { value: { count: 5 } },
    ]);
    expect(['', '-1', '101%', '1.5', 'half', '8 %'].map((text) => parseFloor(text).ok)).toEqual(
      Array(6).fill(false),
    );
  });

  it('rounds shares up and keeps at least one server', () => {
    expect([0, 1, 2, 3, 12].map((total) => floorCount({ percent: 50 }, total))).toEqual([1, 1, 1, 2, 6]);
    expect(floorCount({ percent: 0 }, 5)).toBe(1);
  });

  it('does not read a backend named like a part of every object as a floor', () => {
    expect(floorsOf({}, undefined)('constructor')).toEqual({ percent: 50 });
  });
});

const server = fc.record({ usable: fc.boolean(), backup: fc.boolean() });
const instanceArbitrary = fc.record({
  ageMs: fc.oneof(fc.constant<number | undefined>(0), fc.constant(undefined), fc.constant(30_000)),
  servers: fc.array(server, { minLength: 1, maxLength: 6 }),
});

/** A fleet with one backend, a set of servers to take out, and a floor. */
const request = fc
  .record({
    fleet: fc.array(instanceArbitrary, { minLength: 1, maxLength: 6 }),
    out: fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { minLength: 1 }),
    floor: fc.oneof(fc.record({ count: fc.nat(6) }), fc.record({ percent: fc.nat(100) })),
  })
  .map(({ fleet, out, floor }): GuardRequest => {
    const instances = fleet.map(({ ageMs, servers }, i) => ({
      instance: `lb${i}/http`,
      node: `lb${i}`,
      ageMs,
      servers: servers.map((one, s) => ({ ...one, backend: 'web', server: `web${s}` })),
    }));
    const places = instances.flatMap(({ instance, servers }) =>
      servers
        .filter((_, s) => out.includes(s))
        .map((one) => ({ instance, backend: 'web', server: one.server })),
    );
    const scope = instances.map(({ instance }) => instance);
    return { change: { takesOut: true, places, scope }, instances, floors: { web: floor } };
  });

/** What HAProxy would still send requests to: backups only while no active server is usable. */
function serving(servers: readonly GuardedServer[]): number {
  const active = servers.filter(({ usable, backup }) => usable && !backup).length;
  return active > 0 ? active : servers.filter(({ usable }) => usable).length;
}

describe('guard properties', () => {
  it('never lets a granted change take a reachable instance below its floor', () => {
    fc.assert(
      fc.property(request, (asked) => {
        fc.pre(checkGuards(asked).verdict !== 'refuse');
        for (const { instance, ageMs, servers } of asked.instances) {
          const out = new Set(
            asked.change.places.filter((p) => p.instance === instance).map((p) => p.server),
          );
          const [count] = countCapacity({
            instances: asked.instances.filter((one) => one.instance === instance),
            places: asked.change.places,
            floorOf: floorsOf(asked.floors ?? {}, undefined),
          });
          if (ageMs !== 0 || !count) continue;
          const after = serving(servers.filter((one) => !out.has(one.server)));
          expect(after >= count.floor || after >= serving(servers)).toBe(true);
        }
      }),
      { numRuns: 1_500 },
    );
  });

  it('always lets a server go that is down everywhere and seen so by somebody', () => {
    fc.assert(
      fc.property(request, (asked) => {
        const out = new Set(asked.change.places.map(({ server }) => server));
        const instances = asked.instances.map((instance) => ({
          ...instance,
          servers: instance.servers.map((one) => ({ ...one, usable: one.usable && !out.has(one.server) })),
        }));
        const seen = new Set(asked.change.places.map(({ instance }) => instance));
        fc.pre(instances.some(({ instance, ageMs }) => ageMs === 0 && seen.has(instance)));
        expect(checkGuards({ ...asked, instances }).refusals).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('grants what it says would fit', () => {
    fc.assert(
      fc.property(request, (asked) => {
        const fits = checkGuards(asked).refusals.find(({ guard }) => guard === 'capacity')?.fits;
        fc.pre(fits !== undefined);
        const fitting = new Set(names((fits ?? '').slice('web/'.length)));
        const places = asked.change.places.filter((place) => fitting.has(place.server));
        const { refusals } = checkGuards({ ...asked, change: { ...asked.change, places } });
        expect(refusals.filter(({ guard }) => guard === 'capacity')).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses the same guards but the overridden one', () => {
    fc.assert(
      fc.property(request, (asked) => {
        const before = checkGuards(asked);
        const after = checkGuards({ ...asked, overrides: [{ guard: 'capacity', reason: 'because' }] });
        expect(after.refusals).toEqual(before.refusals.filter(({ guard }) => guard !== 'capacity'));
        expect(after.overridden).toHaveLength(before.refusals.length - after.refusals.length);
      }),
    );
  });
});
