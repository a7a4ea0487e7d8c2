import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliError } from '../errors.ts';
import { chooseConnection, type ConnectionFlags } from './choose.ts';
import { readContextFile, writeContextFile } from './context-file.ts';
import { dropContext, putContext, type ContextFile } from './context.ts';
import { userConfigPath, userDataFolder } from './paths.ts';
import { checkServerAddress } from './server-address.ts';
import { readTokenFile } from './token-file.ts';

const user: ContextFile = {
  current: 'prod',
  contexts: [
    { name: 'prod', server: 'https://prod:8700', tokenFile: '/prod.token', protected: true },
    { name: 'lab', server: 'http://127.0.0.1:8700', tokenFile: '/lab.token' },
  ],
};
const system: ContextFile = {
  current: 'site',
  contexts: [
    { name: 'site', server: 'https://site', tokenFile: '/site.token' },
    { name: 'lab', server: 'https://other-lab', tokenFile: '/other.token' },
  ],
};

function choose(flags: ConnectionFlags, env: Record<string, string> = {}, files = { user, system }) {
  return chooseConnection(flags, env, files);
}

describe('the address of a server', () => {
  it.each(['http://127.0.0.1:8700', 'https://hafleet.example.org/'])('may be %s', (text) => {
    expect(checkServerAddress(text)).toBe(text);
  });

  it.each(['lb1', 'ftp://lb1', 'http://', ''])('is not %j', (text) => {
    expect(() => checkServerAddress(text)).toThrow(/is not the address of a server/);
  });

  it.each(['https://ops:s3cret@lb1', 'ops:s3cret@lb1'])(
    'is refused with a password, and without telling it: %s',
    (text) => {
      expect(() => checkServerAddress(text)).toThrow(/^(?!.*s3cret).*no user and password/);
    },
  );
});

describe('the choice of a control server', () => {
  it('goes by flag, then environment, then the user, then the system', () => {
    expect(choose({ context: 'lab' }, { HAFLEET_CONTEXT: 'site' })).toMatchObject({ name: 'lab' });
    expect(choose({}, { HAFLEET_CONTEXT: 'site' })).toMatchObject({ name: 'site' });
    expect(choose({})).toMatchObject({ name: 'prod', protected: true });
    expect(choose({}, {}, { user: { contexts: [] }, system })).toMatchObject({ name: 'site' });
  });

  it("takes the user's context where the system has one of the same name", () => {
    expect(choose({ context: 'lab' })).toMatchObject({ server: 'http://127.0.0.1:8700' });
  });

  it('names what is missing', () => {
    expect(choose({}, {}, { user: { contexts: [] }, system: { contexts: [] } })).toEqual({
      problem: 'no-server',
    });
    expect(choose({ context: 'prd' })).toEqual({
      problem: 'unknown-context',
      name: 'prd',
      known: ['prod', 'lab', 'site'],
    });
  });

  it('sends the token of a context to the server of that context alone', () => {
    expect(choose({ server: 'https://evil' })).toMatchObject({ name: 'evil', token: { kind: 'none' } });
    expect(choose({ server: 'https://prod:8700/' })).toMatchObject({
      name: 'prod',
      token: { kind: 'file', path: '/prod.token' },
    });
    expect(choose({}, { HAFLEET_SERVER: 'https://evil' })).toMatchObject({ token: { kind: 'none' } });
  });

  it('takes the token from flag, file in the environment, environment, context', () => {
    const env = { HAFLEET_TOKEN: 'secret', HAFLEET_TOKEN_FILE: '/env.token' };
    expect(choose({ tokenFile: '/flag' }, env)).toMatchObject({ token: { kind: 'file', path: '/flag' } });
    expect(choose({}, env)).toMatchObject({ token: { kind: 'file', path: '/env.token' } });
    expect(choose({}, { HAFLEET_TOKEN: 'secret' })).toMatchObject({ token: { kind: 'environment' } });
    expect(choose({}, { HAFLEET_TOKEN: '' })).toMatchObject({ token: { kind: 'file', path: '/prod.token' } });
  });
});

describe('contexts', () => {
  it('are replaced in their place', () => {
    const file = putContext(user, { name: 'prod', server: 'https://new' });
    expect(file.contexts.map(({ name }) => name)).toEqual(['prod', 'lab']);
    expect(file.contexts[0]).toEqual({ name: 'prod', server: 'https://new' });
  });

  it('leave no current one behind when that is removed', () => {
    expect(dropContext(user, 'prod')).toEqual({ contexts: [user.contexts[1]] });
    expect(dropContext(user, 'lab').current).toBe('prod');
  });
});

describe('files', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hafleet-config-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('lie where XDG says, unless that is relative', () => {
    expect(userConfigPath({ XDG_CONFIG_HOME: '/x', HOME: '/h' })).toBe('/x/hafleet/config.yaml');
    expect(userConfigPath({ XDG_CONFIG_HOME: 'x', HOME: '/h' })).toBe('/h/.config/hafleet/config.yaml');
    expect(userDataFolder({ HOME: '/h' })).toBe('/h/.local/share/hafleet');
  });

  it('of contexts come back as they were written, for their owner alone', async () => {
    const path = join(folder, 'deep', 'config.yaml');
    await writeContextFile(path, user);
    expect(await readContextFile(path)).toEqual(user);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toContain('current: prod');
  });

  it('that are missing are empty', async () => {
    expect(await readContextFile(join(folder, 'none.yaml'))).toEqual({ contexts: [] });
  });

  it.each([
    'a: [',
    '- list',
    'contexts: 5',
    'contexts: [5]',
    'contexts: [{name: a}]',
    'current: 5',
    'contexts: [{name: a, server: b, tokenFile: 7}]',
  ])('that read %j are refused with the path', async (text) => {
    const path = join(folder, 'config.yaml');
    writeFileSync(path, text);
    await expect(readContextFile(path)).rejects.toMatchObject({ exit: 64, where: path });
  });

  it('of tokens are read, with a warning when others can read them too', () => {
    const path = join(folder, 'token');
    writeFileSync(path, 'abc-123\n', { mode: 0o600 });
    expect(readTokenFile(path)).toEqual({ token: 'abc-123' });
    chmodSync(path, 0o640);
    expect(readTokenFile(path).warning).toContain('mode 0640');
  });

  it('are not named by a token; a message about that does not hold it', () => {
    const token = 'hafleet_api_0123456789';
    const thrown = (path: string) => {
      try {
        return readTokenFile(path);
      } catch (error) {
        return error;
      }
    };
    for (const path of [token, join(folder, token)]) {
      expect(thrown(path)).toMatchObject({ exit: 13, where: undefined });
      expect(String(thrown(path))).not.toContain('0123456789');
    }
  });

  it.each(['', '\n', 'two words', 'a\nb', 'a\x00b'])('of tokens that hold %j are refused', (text) => {
    const path = join(folder, 'token');
    writeFileSync(path, text);
    expect(() => readTokenFile(path)).toThrow(CliError);
    expect(() => readTokenFile(join(folder, 'none'))).toThrow(/does not exist/);
  });
});
