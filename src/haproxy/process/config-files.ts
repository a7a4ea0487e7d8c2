import { isUtf8 } from 'node:buffer';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { errorText, systemErrorCode } from '../../lib/index.ts';
import { type ConfigModel, type ConfigTree, parseConfig, readConfigModel } from '../cfg/index.ts';

/** The configuration files of one HAProxy and what they mean together. */
export interface LoadedConfig {
  /** Absolute paths, in the order HAProxy loads them. */
  readonly files: readonly string[];
  /** One for each file. */
  readonly trees: readonly ConfigTree[];
  readonly model: ConfigModel;
}

export class ConfigReadError extends Error {
  readonly path: string;
  readonly isDenied: boolean;

  constructor(path: string, cause: unknown) {
    super(`${path}: ${errorText(cause)}`, { cause });
    this.name = 'ConfigReadError';
    this.path = path;
    this.isDenied = systemErrorCode(cause) === 'EACCES';
  }
}

/**
 * Reads what `-f` names, relative paths from `folder`.
 * @throws ConfigReadError for the first file that cannot be read
 */
export function loadConfig(configs: readonly string[], folder: string): LoadedConfig {
  const files = configs.flatMap((path) => expandConfig(resolve(folder, path)));
  const trees = files.map((file) => parseConfig(decode(read(file, () => readFileSync(file))), { file }));
  return { files, trees, model: readConfigModel(trees).model };
}

/** HAProxy knows no encoding; a comment in latin1 is no reason to fail. */
function decode(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1');
}

/** A folder stands for its `*.cfg` files in the order of their names, hidden ones left out (manual, option -f). */
export function expandConfig(path: string): string[] {
  if (!read(path, () => statSync(path)).isDirectory()) return [path];
  return read(path, () => readdirSync(path))
    .filter((name) => name.endsWith('.cfg') && !name.startsWith('.'))
    .sort()
    .map((name) => join(path, name));
}

function read<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    throw new ConfigReadError(path, thrown);
  }
}
