import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { EXIT } from '../../api/index.ts';
import { errorText, replaceFileSync, systemErrorCode } from '../../lib/index.ts';
import { CliError } from '../errors.ts';
import { EMPTY_CONTEXT_FILE, type Context, type ContextFile } from './context.ts';

/** @throws CliError with the line when the file cannot be read as a configuration; a missing file is an empty one. */
export async function readContextFile(path: string): Promise<ContextFile> {
  const text = readText(path);
  if (text === undefined) return EMPTY_CONTEXT_FILE;
  // Loaded where there is something to read: it takes 15 ms, and in a container flags and environment say it all.
  const { parseYaml } = await import('../yaml.ts');
  const parsed = parseYaml(text);
  if (!parsed.ok) throw unreadable(path, parsed.error);
  return checkFile(path, parsed.value);
}

/** Readable by nobody else: the file names servers and where tokens lie. */
export async function writeContextFile(path: string, file: ContextFile): Promise<void> {
  const { printYaml } = await import('../yaml.ts');
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  replaceFileSync(path, printYaml(file));
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'ENOENT') return undefined;
    throw unreadable(path, errorText(thrown));
  }
}

function checkFile(path: string, value: unknown): ContextFile {
  if (value === null || value === undefined) return EMPTY_CONTEXT_FILE;
  if (!isRecord(value)) throw unreadable(path, 'it must be a mapping with `current` and `contexts`');
  const { current, contexts = [] } = value;
  if (current !== undefined && typeof current !== 'string')
    throw unreadable(path, '`current` must be a name');
  if (!Array.isArray(contexts)) throw unreadable(path, '`contexts` must be a list');
  const checked = contexts.map((one: unknown, index) => checkContext(path, index, one));
  return current === undefined ? { contexts: checked } : { current, contexts: checked };
}

function checkContext(path: string, index: number, value: unknown): Context {
  const at = `contexts[${index}]`;
  if (!isRecord(value)) throw unreadable(path, `${at} must be a mapping`);
  const text = (name: string): string | undefined => {
    const found = value[name];
    if (found === undefined || typeof found === 'string') return found;
    throw unreadable(path, `${at}.${name} must be text`);
  };
  const [name, server, tokenFile, caFile] = [text('name'), text('server'), text('tokenFile'), text('caFile')];
  if (!name || !server) throw unreadable(path, `${at} needs \`name\` and \`server\``);
  return {
    name,
    server,
    ...(tokenFile === undefined ? {} : { tokenFile }),
    ...(caFile === undefined ? {} : { caFile }),
    ...(value['protected'] === true ? { protected: true } : {}),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unreadable(path: string, why: string): CliError {
  return new CliError(EXIT.usage, `the configuration cannot be read: ${why}`, {
    where: path,
    hint: 'correct the file, or move it away and run `hafleet context add`',
  });
}
