import { createDiagnostic } from '../diagnostic.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type {
  BindModel,
  DefaultsModel,
  ProxyKind,
  ProxyModel,
  RuleModel,
  ServerModel,
  StickTableModel,
  UseBackend,
} from './model.ts';
import { readServers } from './read-server.ts';
import { readStickTable } from './read-stick-table.ts';
import type { Profiles } from './server-profile.ts';
import { applySetting, inheritSettings } from './settings.ts';
import type { ProxySettings } from './settings.ts';
import { placeOf } from './statements.ts';
import type { ActiveSection, Statement } from './statements.ts';

/** What a proxy starts from: its defaults section and what that left behind. */
export interface Inherited {
  readonly defaults: DefaultsModel | undefined;
  readonly settings: ProxySettings;
}

export interface ProxyContext {
  readonly profiles: Profiles;
  /** Receives what is wrong with single lines. */
  readonly found: Diagnostic[];
}

interface Own {
  readonly binds: BindModel[];
  readonly stickRules: RuleModel[];
  readonly useBackends: UseBackend[];
  readonly servers: ServerModel[];
  stickTable?: StickTableModel;
  serverStateFileName?: string;
}

/** Reads a frontend, backend or listen section. */
export function readProxy(
  section: ActiveSection & { readonly keyword: ProxyKind },
  inherited: Inherited,
  context: ProxyContext,
): ProxyModel {
  const settings = inheritSettings(inherited.settings);
  const own: Own = { binds: [], stickRules: [], useBackends: [], servers: [] };
  const draft: Draft = { ...context, kind: section.keyword, settings, own };
  for (const statement of section.statements)
    if (!applySetting(settings, statement)) readOwnLine(draft, statement);
  return createProxy(section, { own, settings, defaults: inherited.defaults });
}

interface Draft extends ProxyContext {
  readonly kind: ProxyKind;
  readonly settings: ProxySettings;
  readonly own: Own;
}

function readOwnLine({ kind, settings, own, profiles, found }: Draft, statement: Statement): void {
  const { words, file, line, conditional } = statement;
  const first = words[1];
  const place = { file, line, conditional };
  switch (words[0] ?? '') {
    case 'server':
    case 'server-template':
      if (kind === 'frontend') found.push(refuseServer(statement));
      // A default-server line reaches the servers below it, not those above (2.6 and 3.2).
      else
        for (const server of readServers(statement, { defaults: settings.defaultServer, profiles, found }))
          own.servers.push(server);
      break;
    case 'bind':
      if (first !== undefined) own.binds.push({ address: first, words: words.slice(2), ...place });
      break;
    case 'use_backend':
      if (first !== undefined) own.useBackends.push(readUseBackend(first, words.slice(2), place));
      break;
    case 'stick-table':
      own.stickTable = readStickTable(statement);
      break;
    case 'stick':
      own.stickRules.push({ words, ...place });
      break;
    case 'server-state-file-name':
      if (first !== undefined && first !== 'use-backend-name') own.serverStateFileName = first;
      break;
    default:
  }
}

function refuseServer(statement: Statement): Diagnostic {
  return createDiagnostic('server-in-frontend', placeOf(statement), 'a frontend has no servers');
}

function readUseBackend(
  backend: string,
  condition: readonly string[],
  place: Pick<Statement, 'file' | 'line' | 'conditional'>,
): UseBackend {
  return { backend, dynamic: backend.includes('%['), condition, ...place };
}

function createProxy(
  { keyword: kind, header }: ActiveSection & { readonly keyword: ProxyKind },
  parts: { own: Own; settings: ProxySettings; defaults: DefaultsModel | undefined },
): ProxyModel {
  const { own, settings, defaults } = parts;
  const { options, defaultBackend, mode, hashType, loadServerStateFromFile, retries, disabled, cookie } =
    settings;
  const hasServers = kind !== 'frontend';
  return {
    kind,
    name: header.words[1] ?? '',
    ...(defaults && { defaults }),
    mode,
    hashType,
    loadServerStateFromFile,
    retries,
    disabled,
    cookie,
    balance: hasServers ? settings.balance : [],
    options: [...options.keys()],
    httpCheck: hasServers && options.has('httpchk'),
    ...(defaultBackend !== undefined && kind !== 'backend' && { defaultBackend }),
    ...own,
    file: header.file,
    line: header.line,
    conditional: header.conditional,
  };
}
