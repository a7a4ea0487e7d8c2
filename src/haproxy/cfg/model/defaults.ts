import { createDiagnostic } from '../diagnostic.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { DefaultsModel } from './model.ts';
import type { Inherited } from './read-proxy.ts';
import { applySetting, builtInSettings, inheritSettings } from './settings.ts';
import { placeOf } from './statements.ts';
import type { ActiveSection, Statement } from './statements.ts';

export interface DefaultsRegistry {
  /** Takes in a defaults section. One without `from` inherits nothing, whatever stands before it. */
  read(section: ActiveSection): void;
  /** What a proxy with this header starts from: what `from` names, else the last defaults section, named or not. */
  inheritedBy(header: Statement): Inherited;
  readonly all: DefaultsModel[];
}

interface Entry extends Inherited {
  readonly defaults: DefaultsModel;
}

/** Lives through all files: the defaults of the first reach into the second (`-f a -f b`, 2.6 and 3.2). */
export function createDefaultsRegistry(found: Diagnostic[]): DefaultsRegistry {
  const entries: Entry[] = [];
  const none: Inherited = { defaults: undefined, settings: builtInSettings() };
  const lookUp = (header: Statement, parent: string): Inherited => {
    const named = entries.filter(({ defaults }) => defaults.name === parent);
    const report = (code: Diagnostic['code'], message: string) =>
      found.push(createDiagnostic(code, placeOf(header), message));
    if (named.length === 0) report('unknown-defaults', `there is no defaults section '${parent}' above`);
    if (named.filter(({ defaults }) => !defaults.conditional).length > 1)
      report('ambiguous-defaults', `several defaults sections are named '${parent}'`);
    return named.at(-1) ?? none;
  };
  return {
    read(section) {
      const { name, from } = readHeader(section.header);
      const { file, line, conditional } = section.header;
      const settings = inheritSettings(
        from === undefined ? none.settings : lookUp(section.header, from).settings,
      );
      for (const statement of section.statements) applySetting(settings, statement);
      const defaults = { name, ...(from !== undefined && { from }), file, line, conditional };
      entries.push({ defaults, settings });
    },
    inheritedBy(header) {
      const { from } = readHeader(header);
      return from === undefined ? (entries.at(-1) ?? none) : lookUp(header, from);
    },
    get all() {
      return entries.map(({ defaults }) => defaults);
    },
  };
}

/** `defaults [NAME] [from PARENT]`; of a proxy the name is never left out. */
function readHeader({ words }: Statement): { name: string; from: string | undefined } {
  const at = words.indexOf('from', words[0] === 'defaults' ? 1 : 2);
  const from = at === -1 ? undefined : words[at + 1];
  return { name: at === 1 ? '' : (words[1] ?? ''), from };
}
