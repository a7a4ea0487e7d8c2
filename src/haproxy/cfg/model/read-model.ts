import type { Diagnostic } from '../diagnostic.ts';
import { isProxyKeyword } from '../section-names.ts';
import type { ConfigTree } from '../tree.ts';
import { checkModel } from './check-model.ts';
import { createDefaultsRegistry } from './defaults.ts';
import { readFiles } from './files.ts';
import type { ConfigModel, NamedSection, ProxyModel } from './model.ts';
import { readGlobal } from './read-global.ts';
import { readPeers } from './read-peers.ts';
import { readProxy } from './read-proxy.ts';
import { createProfiles } from './server-profile.ts';
import { readSections } from './statements.ts';
import type { ActiveSection } from './statements.ts';

export interface ReadModel {
  readonly model: ConfigModel;
  /** Those of the trees first, then what shows only between sections and files. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads what the files mean together, in the order HAProxy loads them (`-f a -f b`): defaults reach into later files,
 * sections do not. Never throws; lines with faults are left out, so look at `hasErrors(diagnostics)` before acting on it.
 */
export function readConfigModel(trees: readonly ConfigTree[]): ReadModel {
  const found: Diagnostic[] = [];
  const sections = trees.flatMap(readSections);
  const defaults = createDefaultsRegistry(found);
  const context = { profiles: createProfiles(), found };
  const proxies: ProxyModel[] = [];
  for (const section of sections) {
    const { keyword, header } = section;
    if (keyword === 'defaults') defaults.read(section);
    else if (isProxyKeyword(keyword))
      proxies.push(readProxy({ ...section, keyword }, defaults.inheritedBy(header), context));
  }
  const model: ConfigModel = {
    global: readGlobal(sections),
    defaults: defaults.all,
    proxies,
    peers: sections.filter(({ keyword }) => keyword === 'peers').map(readPeers),
    resolvers: sections.filter(({ keyword }) => keyword === 'resolvers').map(readNamed),
    ...readFiles(sections),
  };
  const own = trees.flatMap((tree) => tree.diagnostics);
  return { model, diagnostics: [...own, ...found, ...checkModel(model)] };
}

function readNamed({ header: { words, file, line, conditional } }: ActiveSection): NamedSection {
  return { name: words[1] ?? '', file, line, conditional };
}
