import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Document, LineCounter, type Node, isMap, isScalar, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { HafleetError, errorText } from '../../lib/index.ts';
import { type LocalFile, localFileSchema } from './schema.ts';

/** One thing that is wrong with the file, and where. */
export interface LocalFileProblem {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  /** `instances[0].statsSocket`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
}

export class LocalFileError extends HafleetError<'local-file-unreadable' | 'local-file-invalid'> {
  readonly problems: readonly LocalFileProblem[];

  constructor(file: string, problems: readonly LocalFileProblem[], cause?: unknown) {
    const text = problems.map((one) => `${one.file}:${one.line}:${one.column}: ${one.path} ${one.message}`);
    super(
      problems.length === 0 ? 'local-file-unreadable' : 'local-file-invalid',
      problems.length === 0 ? `${file} cannot be read: ${errorText(cause)}` : text.join('\n'),
      {
        hint: problems.find((one) => one.hint)?.hint ?? 'deploy/agent.yaml is a commented sample',
        facts: { problems },
        cause,
      },
    );
    this.problems = problems;
  }
}

/** @throws LocalFileError */
export function readLocalFile(path: string): LocalFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (thrown) {
    throw new LocalFileError(path, [], thrown);
  }
  return resolvePaths(parseLocalFile(text, path), dirname(resolve(path)));
}

/** @throws LocalFileError with every problem of the file, in the order of its lines */
export function parseLocalFile(text: string, file = 'agent.yaml'): LocalFile {
  const lines = new LineCounter();
  // The schema refuses keys that are no words, with their line; the library's own warning about them would go to the terminal.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const broken = document.errors.map(({ message, pos }) => ({ ...place(pos[0]), path: '', message }));
  if (broken.length > 0) throw new LocalFileError(file, broken);
  const parsed = localFileSchema.safeParse(withCamelKeys(valueOf(document, file, place)));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, document, place));
  throw new LocalFileError(
    file,
    problems.sort((a, b) => a.line - b.line || a.column - b.column),
  );
}

/** Aliases are followed only here: one without its anchor, or a few that stand for millions, show no sooner. */
function valueOf(document: Document, file: string, place: Place): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    let offset: number | undefined;
    visit(document, { Alias: (_key, alias) => void (offset ??= alias.range?.[0]) });
    throw new LocalFileError(file, [{ ...place(offset ?? 0), path: '', message: errorText(cause) }], cause);
  }
}

/** `stats socket`, as haproxy.cfg has it, means `statsSocket`. Labels and actions keep their names. */
function withCamelKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withCamelKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      camel(key),
      key === 'labels' || key === 'actions' ? inner : withCamelKeys(inner),
    ]),
  );
}

function camel(key: string): string {
  return key.replaceAll(/ +([a-z])/g, (_all, letter: string) => letter.toUpperCase());
}

type Place = (offset: number) => Pick<LocalFileProblem, 'file' | 'line' | 'column'>;

function problemsOf(issue: z.core.$ZodIssue, document: Document, place: Place): LocalFileProblem[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      ...place(find(document, [...path, key]).offset),
      path: printPath([...path, key]),
      message: 'is not a key of this file',
      hint: 'deploy/agent.schema.json lists the keys',
    }));
  const { offset, isThere } = find(document, path);
  const message = isThere ? issue.message.replace(/^Invalid (?:input|option): /, '') : 'is missing';
  return [{ ...place(offset), path: printPath(path), message }];
}

/** Where the innermost part of a path that is there begins: the key for a map's entry. */
function find(document: Document, path: readonly (string | number)[]): { offset: number; isThere: boolean } {
  let node: unknown = document.contents;
  let offset = 0;
  for (const part of path) {
    const next = stepInto(node, part);
    if (!next) return { offset, isThere: false };
    ({ node, offset } = next);
  }
  return { offset, isThere: true };
}

function stepInto(node: unknown, part: string | number): { node: unknown; offset: number } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && camel(String(key.value)) === String(part));
    return pair && { node: pair.value, offset: startOf(pair.key) };
  }
  const items = (node as { items?: unknown[] } | null)?.items;
  const item = typeof part === 'number' ? items?.[part] : undefined;
  return item === undefined ? undefined : { node: item, offset: startOf(item) };
}

function startOf(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? 0;
}

function printPath(path: readonly (string | number)[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
}

/** Relative paths count from the folder of the local file, wherever the agent was started. */
function resolvePaths(local: LocalFile, folder: string): LocalFile {
  const at = (path: string) => resolve(folder, path);
  const { tokenFile, servers, instances } = local;
  return {
    ...local,
    dataFolder: at(local.dataFolder),
    ...(tokenFile !== undefined && { tokenFile: at(tokenFile) }),
    servers: servers.map((server) => ({ ...server, ...(server.ca !== undefined && { ca: at(server.ca) }) })),
    instances: instances.map((one) => ({
      ...one,
      config: [one.config].flat().map(at),
      ...(one.stateFile !== undefined && { stateFile: at(one.stateFile) }),
      ...(one.mapFolder !== undefined && { mapFolder: at(one.mapFolder) }),
      ...(one.generationFolder !== undefined && { generationFolder: at(one.generationFolder) }),
    })),
  };
}
