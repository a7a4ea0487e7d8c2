import { describe, expect, it } from 'vitest';
import type { IntentStatus, ServerReport } from '../../api/index.ts';
import type { InstanceView } from '../instance/view.ts';
import { LinkReport } from './link-report.ts';

const row = (server: string, weight = 1): ServerReport => ({
  backend: 'web',
  server,
  id: 1,
  address: null,
  port: 80,
  operationalState: 2,
  adminFlags: 0,
  weight,
  initialWeight: 1,
  checkState: 6,
  checkStatus: 0,
  checkResult: 0,
  checkHealth: 0,
  agentState: 0,
  since: 0,
});

interface Fake {
  rows: Map<string, ServerReport>;
  rowsVersion: number;
  statuses: Map<string, IntentStatus>;
  reading: 'ok' | 'failing';
}

function fakeView(fake: Fake): InstanceView {
  return {
    local: {
      name: 'http',
      groups: [],
      mode: 'observe',
      config: 'x',
      statsSocket: '/x',
      stateFileFrom: 'start',
    },
    get reading() {
      return fake.reading;
    },
    readAtMs: 100,
    error: undefined,
    worker: undefined,
    level: 'admin',
    readOnly: false,
    survivesReload: undefined,
    reports: () => fake.rows,
    get rowsVersion() {
      return fake.rowsVersion;
    },
    get statuses() {
      return fake.statuses;
    },
  };
}

function setUp() {
  const fake: Fake = {
    rows: new Map([
      ['web/s1', row('s1')],
      ['web/s2', row('s2')],
    ]),
    rowsVersion: 1,
    statuses: new Map([['a', { id: 'a', revision: 1, status: 'done', servers: 1 }]]),
    reading: 'ok',
  };
  const report = new LinkReport();
  const views = [fakeView(fake)];
  const next = (more: { isHeartbeat?: boolean; withStatuses?: boolean } = {}) =>
    report.next(views, { nowMs: 150, isHeartbeat: false, withStatuses: true, ...more })[0];
  return { fake, next };
}

describe('what a server is told', () => {
  it('is everything at first, then nothing while nothing changes', () => {
    const { next } = setUp();
    expect(next()).toMatchObject({
      full: true,
      readAgeMs: 50,
      servers: [{ server: 's1' }, { server: 's2' }],
    });
    expect(next()).toBeUndefined();
  });

  it('is the age alone in a heartbeat', () => {
    const { next } = setUp();
    next();
    expect(next({ isHeartbeat: true })).toMatchObject({
      full: false,
      readAgeMs: 50,
      servers: [],
      gone: [],
      intents: [],
    });
  });

  it('is the rows that changed and those that are gone', () => {
    const { fake, next } = setUp();
    next();
    fake.rows = new Map([['web/s1', row('s1', 5)]]);
    fake.rowsVersion++;
    expect(next()).toMatchObject({
      full: false,
      servers: [{ server: 's1', weight: 5 }],
      gone: [{ backend: 'web', server: 's2' }],
    });
  });

  it('is the statuses that changed', () => {
    const { fake, next } = setUp();
    next();
    fake.statuses = new Map([
      ...fake.statuses,
      ['b', { id: 'b', revision: 2, status: 'gating', servers: 1 }],
    ]);
    expect(next()).toMatchObject({ intents: [{ id: 'b' }] });
  });

  it('keeps statuses back while what is held is not on disk, and tells them afterwards', () => {
    const { next } = setUp();
    expect(next({ withStatuses: false })).toMatchObject({ intents: [] });
    expect(next()).toMatchObject({ intents: [{ id: 'a' }] });
  });

  it('is said at once when a reading begins to fail', () => {
    const { fake, next } = setUp();
    next();
    fake.reading = 'failing';
    expect(next()).toMatchObject({ reading: 'failing', servers: [] });
  });
});
