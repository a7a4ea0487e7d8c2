import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluateNodeSet, foldNodeSet, parseNodeSet } from '../node-set/index.ts';
import { ALARM_CODES, findAlarms, type AlarmFacts, type OpenAlarm } from './index.ts';

interface Story {
  readonly title: string;
  readonly lines: readonly string[];
  readonly expected: readonly string[];
}

const STORIES = readFileSync(join(import.meta.dirname, 'cases/alarms.case'), 'utf8')
  .split(/^story: /m)
  .slice(1)
  .map((block): Story => {
    const [title = '', ...rest] = block.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return {
      title,
      lines: rest.filter((line) => !line.startsWith('=> ')),
      expected: rest.filter((line) => line.startsWith('=> ')).map((line) => line.slice(3)),
    };
  });

function names(text: string): readonly string[] {
  const set = parseNodeSet(text);
  if (!set.ok) throw new Error(`${text}: ${set.error.message}`);
  return evaluateNodeSet(set.value, {}).names;
}

const ms = (text: string) => Number.parseInt(text, 10) * 1_000;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function readStory(lines: readonly string[]): AlarmFacts {
  const nodes = new Map<string, Mutable<AlarmFacts['nodes'][number]>>();
  const instances = new Map<string, Mutable<AlarmFacts['instances'][number]>>();
  const facts = {
    upMs: 3_600_000,
    backends: [] as AlarmFacts['backends'][number][],
    servers: [] as AlarmFacts['servers'][number][],
    holds: [] as AlarmFacts['holds'][number][],
    drifts: [] as AlarmFacts['drifts'][number][],
    store: undefined as AlarmFacts['store'],
  };
  const node = (name: string) => nodes.get(name) ?? fail(name);
  const instance = (name: string) => instances.get(name) ?? fail(name);
  const verbs: Record<string, (words: readonly string[]) => void> = {
    lbs([set = '']) {
      for (const name of names(set)) {
        nodes.set(name, { node: name, connected: true, silentMs: 0, standing: 'known', refusal: undefined });
        instances.set(name, {
          node: name,
          instance: 'http',
          connected: true,
          reading: 'ok',
          ageMs: 0,
          freshness: 'fresh',
          error: undefined,
          survivesReload: true,
        });
      }
    },
    up: ([time = '']) => void (facts.upMs = ms(time)),
    away([name = '', time = '']) {
      Object.assign(node(name), { connected: false, silentMs: time === 'never' ? undefined : ms(time) });
      instance(name).connected = false;
    },
    standing: ([name = '', standing]) => void Object.assign(node(name), { standing }),
    refused: ([name = '', code, ...message]) =>
      void Object.assign(node(name), { refusal: { code, message: message.join(' ') } }),
    failing: ([name = '', ...message]) =>
      void Object.assign(instance(name), {
        reading: 'failing',
        error: { code: 'x', message: message.join(' ') },
      }),
    stale: ([name = '', age = '']) =>
      void Object.assign(instance(name), { freshness: 'stale', ageMs: ms(age) }),
    unknown: ([name = '', age = '']) =>
      void Object.assign(instance(name), { freshness: 'unknown', ageMs: ms(age) }),
    unsafe: ([set = '']) => names(set).forEach((name) => (instance(name).survivesReload = false)),
    backend([backend = '', counts = '', , floor = '', , set = '']) {
      const [usable = 0, total = 0] = counts.split('/').map(Number);
      for (const name of names(set))
        facts.backends.push({ node: name, instance: 'http', backend, usable, total, floor: Number(floor) });
    },
    server([ref = '', state = '', ...rest]) {
      const [backend = '', server = ''] = ref.split('/');
      const check = rest.find((word) => /^L\d/.test(word)) ?? '';
      for (const name of names(rest[rest.indexOf('on') + 1] ?? ''))
        facts.servers.push({
          node: name,
          instance: 'http',
          backend,
          server,
          state: state as 'down',
          check,
          unexplained: rest.includes('by-hand'),
          seenOn: Number(rest.at(-1)),
        });
    },
    hold([change = '', server = '', , who = '', lease = '']) {
      const backends = [server.slice(0, server.indexOf('/'))];
      facts.holds.push({ change, who, backends, servers: [server], lease: lease as 'running' });
    },
    drift([change = '', ref = '', , set = '']) {
      const [backend = '', server = ''] = ref.split('/');
      for (const name of names(set)) facts.drifts.push({ node: name, change, backend, server });
    },
    store: ([code = '', ...message]) => void (facts.store = { code, message: message.join(' ') }),
  };
  for (const line of lines) {
    const [verb = '', ...words] = line.split(' ');
    (verbs[verb] ?? fail(line))(words);
  }
  return { ...facts, nodes: [...nodes.values()], instances: [...instances.values()] };
}

function fail(what: string): never {
  throw new Error(`unknown in case: ${what}`);
}

function print({ severity, code, subject, nodes, message, command }: OpenAlarm): string {
  return `${severity} ${code} ${subject} [${nodes.length === 0 ? '' : foldNodeSet(nodes)}]: ${message}. $ ${command}`;
}

describe('alarms', () => {
  it.each(STORIES)('$title', ({ lines, expected }) => {
    const found = findAlarms(readStory(lines));
    expect(found.length === 0 ? ['none'] : found.map(print)).toEqual(expected);
    expect(new Set(found.map(({ code, subject }) => `${code} ${subject}`)).size).toBe(found.length);
  });

  it('each have a story', () => {
    const told = new Set(
      STORIES.flatMap(({ lines }) => findAlarms(readStory(lines)).map(({ code }) => code)),
    );
    expect([...told].sort()).toEqual([...ALARM_CODES].sort());
  });
});
