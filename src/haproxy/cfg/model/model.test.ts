import { describe, expect, it } from 'vitest';
import {
  canRedispatch,
  findBackend,
  findServer,
  parseConfig,
  parseServerAddress,
  parseTimeMs,
  readConfigModel,
} from '../index.ts';
import { evaluateCondition } from './condition.ts';

function read(text: string) {
  return readConfigModel([parseConfig(text)]).model;
}

describe('parseTimeMs', () => {
  it.each([
    ['0', 0],
    ['250', 250],
    ['1500us', 2],
    ['20ms', 20],
    ['5s', 5000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
  ])('reads %s as %d ms', (text, ms) => {
    expect(parseTimeMs(text)).toBe(ms);
  });

  it.each(['', 's', '-1s', '1.5s', '5q', '5 s', '30d', '$X'])('refuses %j', (text) => {
    expect(parseTimeMs(text)).toBeUndefined();
  });
});

describe('parseServerAddress', () => {
  it.each([
    ['10.0.0.1:80', '10.0.0.1', 80, true],
    ['10.0.0.256:80', '10.0.0.256', 80, false],
    ['::1:80', '::1', 80, true],
    ['[2001:db8::1]:80', '2001:db8::1', 80, true],
    ['ipv6@[::ffff:10.0.0.1]:80', '::ffff:10.0.0.1', 80, true],
    ['1:2:3:4:5:6:7:8:80', '1:2:3:4:5:6:7:8', 80, true],
    ['app.example.org:80', 'app.example.org', 80, false],
    ['app.example.org', 'app.example.org', undefined, false],
    ['[::1]', '::1', undefined, true],
    [':80', '', 80, false],
  ])('reads %s', (raw, host, port, isLiteralIp) => {
    const address = parseServerAddress(raw);
    expect([address.host, address.port, address.isLiteralIp]).toEqual([host, port, isLiteralIp]);
  });

  it('keeps a relative port as text', () => {
    expect(parseServerAddress('10.0.0.1:+1')).toEqual({
      host: '10.0.0.1',
      portText: '+1',
      isLiteralIp: true,
    });
  });

  it.each([
    ['/run/a.sock', '/run/a.sock'],
    ['unix@a.sock', 'a.sock'],
    ['abns@a', 'a'],
  ])('reads %s as a socket', (raw, unixPath) => {
    expect(parseServerAddress(raw)).toEqual({ host: '', isLiteralIp: false, unixPath });
  });
});

describe('evaluateCondition', () => {
  it.each([
    ['1', true],
    ['2', true],
    ['0', false],
    ['', false],
    ['!0', true],
    ['! 1', false],
    ['!!0', false],
    ['defined(X)', undefined],
    ['!defined(X)', undefined],
    ['1 && defined(X)', undefined],
  ])('takes %j for %s', (text, value) => {
    expect(evaluateCondition(text.split(' '))).toBe(value);
  });
});

describe('queries', () => {
  const model = read(
    'frontend app\n bind :80\nbackend app\n option redispatch\n server a 10.0.0.1:80\n server-template t 2 10.0.0.2:80\nlisten l\n bind :81\n',
  );

  it('finds a server by backend and name, slots of a template too', () => {
    expect(findServer(model, 'app', 'a')?.line).toBe(5);
    expect(findServer(model, 'app', 't2')?.template).toEqual({ prefix: 't', first: 1, last: 2 });
    expect(findServer(model, 'app', 't')).toBeUndefined();
    expect(findServer(model, 'nope', 'a')).toBeUndefined();
  });

  it('finds the backend where a frontend has the same name', () => {
    expect(findBackend(model, 'app')?.kind).toBe('backend');
    expect(findBackend(model, 'l')?.kind).toBe('listen');
  });

  it('tells whether a failed connection may go to another server', () => {
    expect(model.proxies.map(canRedispatch)).toEqual([false, true, false]);
  });
});

describe('options', () => {
  it('let the last kind of check and of HTTP mode win', () => {
    const [proxy] = read(
      'backend b\n option httpchk\n option tcp-check\n option httpclose\n option http-server-close\n',
    ).proxies;
    expect(proxy?.options).toEqual(['tcp-check', 'http-server-close']);
    expect(proxy?.httpCheck).toBe(false);
  });

  it('are taken off by no and by default', () => {
    const [proxy] = read('backend b\n option a\n option b\n no option a\n default option b\n').proxies;
    expect(proxy?.options).toEqual([]);
  });
});

describe('the model', () => {
  it('is plain data that survives JSON', () => {
    const text = 'global\n stats socket /a\nbackend b\n stick-table type ip size 1k\n server a 10.0.0.1:80\n';
    expect(JSON.parse(JSON.stringify(read(text)))).toEqual(read(text));
  });
});
