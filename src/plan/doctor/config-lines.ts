import {
  type ActiveSection,
  type ConfigModel,
  type ConfigTree,
  type Statement,
  readSections,
} from '../../haproxy/cfg/index.ts';
import type { ConfigFacts } from './facts.ts';

/** A section with the lines of the defaults it inherits from before its own. */
export interface EffectiveSection {
  readonly keyword: string;
  readonly name: string;
  readonly header: Statement;
  readonly statements: readonly Statement[];
}

/** A configuration as the checks look at it: what it means, and its lines for those things the model does not hold. */
export interface Configuration {
  readonly model: ConfigModel;
  readonly trees: readonly ConfigTree[];
  readonly modifiedAtMs: number;
  /** In file order, without the defaults sections. */
  readonly sections: readonly EffectiveSection[];
  /** `haproxy.cfg:12: option redispatch`, without what is secret in it. */
  readonly quote: (place: Place) => string;
}

interface Place {
  readonly file: string;
  readonly line: number;
}

export function openConfiguration({ trees, model, modifiedAtMs }: ConfigFacts): Configuration {
  const all = trees.flatMap(readSections);
  const lines = new Map(
    all
      .flatMap(({ header, statements }) => [header, ...statements])
      .map((statement) => [placeKey(statement), statement]),
  );
  return {
    model,
    trees,
    modifiedAtMs,
    sections: effectiveSections(all),
    quote(place) {
      const statement = lines.get(placeKey(place));
      return statement ? quoteLine(statement) : `${place.file}:${place.line}`;
    },
  };
}

function placeKey({ file, line }: Place): string {
  return `${line} ${file}`;
}

/** A proxy comes after its defaults, which are the last ones before it or those that `from` names. */
function effectiveSections(all: readonly ActiveSection[]): EffectiveSection[] {
  const found: EffectiveSection[] = [];
  const defaults: EffectiveSection[] = [];
  for (const section of all) {
    const parent = parentOf(section, defaults);
    const whole = {
      keyword: section.keyword,
      name: nameOf(section),
      header: section.header,
      statements: [...(parent?.statements ?? []), ...section.statements],
    };
    (section.keyword === 'defaults' ? defaults : found).push(whole);
  }
  return found;
}

const PROXIES = new Set(['frontend', 'backend', 'listen']);

function parentOf(
  { keyword, header: { words } }: ActiveSection,
  defaults: readonly EffectiveSection[],
): EffectiveSection | undefined {
  if (keyword !== 'defaults' && !PROXIES.has(keyword)) return undefined;
  const at = words.indexOf('from', keyword === 'defaults' ? 1 : 2);
  if (at !== -1) return defaults.findLast(({ name }) => name === words[at + 1]);
  return keyword === 'defaults' ? undefined : defaults.at(-1);
}

function nameOf({ header: { words } }: ActiveSection): string {
  return words[1] === 'from' ? '' : (words[1] ?? '');
}

/** The lines of a section that begin with these words; a line under `no` is none. */
export function linesWith(section: EffectiveSection, ...start: string[]): Statement[] {
  return section.statements.filter(
    ({ words, modifier }) => modifier === undefined && start.every((word, at) => words[at] === word),
  );
}

/** The lines of all `global` sections that begin with these words. */
export function globalLines({ sections }: Configuration, ...start: string[]): Statement[] {
  return sections
    .filter(({ keyword }) => keyword === 'global')
    .flatMap((section) => linesWith(section, ...start));
}

/** The lines of all proxies and their defaults that begin with these words, each once. */
export function proxyLines({ sections }: Configuration, ...start: string[]): Statement[] {
  const found = sections
    .filter(({ keyword }) => PROXIES.has(keyword))
    .flatMap((section) => linesWith(section, ...start));
  return [...new Set(found)];
}

export function quoteLine({ file, line, words, modifier }: Statement): string {
  const text = withoutSecrets(words).join(' ');
  return `${file}:${line}: ${modifier === undefined ? '' : `${modifier} `}${text}`;
}

const HIDDEN = '***';

/** Passwords stand in these places of haproxy.cfg; what the doctor says goes into logs and tickets. */
function withoutSecrets(words: readonly string[]): string[] {
  if (words[0] === 'stats' && words[1] === 'auth') {
    const [user = ''] = (words[2] ?? '').split(':', 1);
    return ['stats', 'auth', `${user}:${HIDDEN}`];
  }
  const at = words.findIndex((word) => word === 'password' || word === 'insecure-password');
  return words.map((word, index) => (at !== -1 && index === at + 1 ? HIDDEN : word));
}
