export type Severity = 'error' | 'warning';

/** What can be wrong with the spelling of one line. */
export type LexicalCode =
  | 'unmatched-quote'
  | 'bad-hex-escape'
  | 'bad-variable-name'
  | 'bad-word-expansion'
  | 'unmatched-brace'
  | 'too-many-words'
  | 'nul-byte';

/** What can be wrong with one file. */
export type StructuralCode =
  | 'missing-final-newline'
  | 'stray-carriage-return'
  | 'empty-word'
  | 'keyword-outside-section'
  | 'unknown-section'
  | 'missing-section-name'
  | 'bad-scope'
  | 'unknown-directive'
  | 'unexpected-argument'
  | 'lone-directive'
  | 'directive-after-else'
  | 'unterminated-if';

/** What can be wrong between sections and files. */
export type ModelCode =
  | 'duplicate-proxy'
  | 'shared-proxy-name'
  | 'duplicate-server'
  | 'duplicate-server-id'
  | 'duplicate-section'
  | 'unknown-defaults'
  | 'ambiguous-defaults'
  | 'unknown-backend'
  | 'missing-server-address'
  | 'server-in-frontend'
  | 'bad-server-range'
  | 'bad-time'
  | 'bad-name';

export type DiagnosticCode = LexicalCode | StructuralCode | ModelCode;

/**
 * `error`: every HAProxy from 2.6 to 3.2 refuses the file (tried with `-c`).
 * `warning`: some accept it, though it rarely means what its writer meant.
 */
const SEVERITY: Readonly<Record<DiagnosticCode, Severity>> = {
  'unmatched-quote': 'error',
  'bad-hex-escape': 'error',
  'bad-variable-name': 'error',
  'bad-word-expansion': 'error',
  'unmatched-brace': 'error',
  'too-many-words': 'error',
  'nul-byte': 'error',
  'missing-final-newline': 'error',
  'stray-carriage-return': 'warning',
  'empty-word': 'warning',
  'keyword-outside-section': 'error',
  'unknown-section': 'warning',
  'missing-section-name': 'error',
  'bad-scope': 'error',
  'unknown-directive': 'error',
  'unexpected-argument': 'error',
  'lone-directive': 'error',
  'directive-after-else': 'error',
  'unterminated-if': 'error',
  'duplicate-proxy': 'error',
  'shared-proxy-name': 'warning',
  'duplicate-server': 'error',
  'duplicate-server-id': 'error',
  'duplicate-section': 'error',
  'unknown-defaults': 'error',
  'ambiguous-defaults': 'error',
  'unknown-backend': 'error',
  'missing-server-address': 'error',
  'server-in-frontend': 'error',
  'bad-server-range': 'error',
  'bad-time': 'error',
  'bad-name': 'error',
};

export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** As given to `parseConfig`; '' when it was not. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 units. */
  readonly column: number;
  readonly message: string;
  /** What to do about it, where that is known. */
  readonly hint?: string;
}

/** Where a diagnostic points. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export function createDiagnostic(
  code: DiagnosticCode,
  place: Place,
  message: string,
  hint?: string,
): Diagnostic {
  const { file, line, column } = place;
  const diagnostic = { code, severity: SEVERITY[code], file, line, column, message };
  return hint === undefined ? diagnostic : { ...diagnostic, hint };
}

/** True when HAProxy would refuse what these were found in. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}
