/** One control server as this person reaches it. */
export interface Context {
  readonly name: string;
  /** Base URL of the hafleet server. */
  readonly server: string;
  readonly tokenFile?: string;
  /** CA certificates for a server whose certificate no public CA signed. */
  readonly caFile?: string;
  /** Asks even where a mild act would not. */
  readonly protected?: boolean;
}

export interface ContextFile {
  readonly current?: string;
  readonly contexts: readonly Context[];
}

export const EMPTY_CONTEXT_FILE: ContextFile = { contexts: [] };

/** Adds a context, or replaces the one of the same name in its place. */
export function putContext(file: ContextFile, context: Context): ContextFile {
  const known = file.contexts.some(({ name }) => name === context.name);
  const contexts = known
    ? file.contexts.map((one) => (one.name === context.name ? context : one))
    : [...file.contexts, context];
  return { ...file, contexts };
}

/** The file without this context; when it was the current one, none is current. */
export function dropContext(file: ContextFile, name: string): ContextFile {
  const contexts = file.contexts.filter((one) => one.name !== name);
  return file.current === undefined || file.current === name
    ? { contexts }
    : { current: file.current, contexts };
}
