export { hasErrors } from './diagnostic.ts';
export type {
  Diagnostic,
  DiagnosticCode,
  LexicalCode,
  ModelCode,
  Severity,
  StructuralCode,
} from './diagnostic.ts';
export { appendToSection, insertLineAfter, removeLine, replaceLine } from './edit.ts';
export type { EditErrorCode } from './edit.ts';
export { parseConfig } from './parse.ts';
export type { ParseOptions } from './parse.ts';
export { printConfig, printLine } from './print.ts';
export { quoteWord } from './quote.ts';
export { indentOf, lineAt, linesOf } from './tree.ts';
export type {
  Comment,
  ConfigTree,
  Fault,
  Ignored,
  Line,
  LineEnd,
  LineKind,
  Section,
  Space,
  Token,
  Word,
} from './tree.ts';
export { parseServerAddress } from './model/address.ts';
export type { ServerAddress } from './model/address.ts';
export type * from './model/model.ts';
export { canRedispatch, findBackend, findServer } from './model/queries.ts';
export { readConfigModel } from './model/read-model.ts';
export type { ReadModel } from './model/read-model.ts';
export { readSections } from './model/statements.ts';
export type { ActiveSection, Statement } from './model/statements.ts';
export { parseTimeMs } from './model/time.ts';
