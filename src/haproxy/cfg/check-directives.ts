import { createDiagnostic } from './diagnostic.ts';
import type { Diagnostic, DiagnosticCode, Place } from './diagnostic.ts';
import type { Line } from './tree.ts';

const BRANCHES = new Set(['.elif', '.else', '.endif']);
const MESSAGES = new Set(['.alert', '.warning', '.notice', '.diag']);

export interface DirectiveChecker {
  /** Takes the directive lines of one file in order. */
  check(line: Line, place: Place): void;
  /** Call once, at the end of the file: blocks do not reach into the next one. */
  finish(): void;
}

/** Checks the nesting of `.if` blocks; what it finds goes to `found`. */
export function createDirectiveChecker(found: Diagnostic[]): DirectiveChecker {
  const open: OpenBlock[] = [];
  return {
    check(line, place) {
      const [word = '', ...rest] = line.words.map(({ value }) => value);
      const report = (code: DiagnosticCode, message: string, hint?: string) =>
        found.push(createDiagnostic(code, place, message, hint));
      checkArguments(word, rest.length, report);
      if (word === '.if') open.push({ place, hasElse: false });
      else if (!BRANCHES.has(word)) checkMessage(word, report);
      else if (open.length === 0) report('lone-directive', `'${word}' has no '.if'`);
      else if (word === '.endif') open.pop();
      else checkBranch(word, open.at(-1), report);
    },
    finish() {
      for (const { place } of open)
        found.push(createDiagnostic('unterminated-if', place, `this '.if' has no '.endif'`));
    },
  };
}

interface OpenBlock {
  readonly place: Place;
  hasElse: boolean;
}

type Report = (code: DiagnosticCode, message: string, hint?: string) => void;

function checkArguments(word: string, count: number, report: Report): void {
  if (MESSAGES.has(word) && count > 1)
    report('unexpected-argument', `'${word}' has a word too many`, 'put the message in quotes');
  if ((word === '.else' || word === '.endif') && count > 0)
    report('unexpected-argument', `'${word}' takes no argument`);
}

function checkMessage(word: string, report: Report): void {
  if (!MESSAGES.has(word)) report('unknown-directive', `'${word}' is no directive of HAProxy`);
}

function checkBranch(word: string, block: OpenBlock | undefined, report: Report): void {
  if (!block) return;
  if (block.hasElse) report('directive-after-else', `'${word}' stands after '.else'`);
  block.hasElse ||= word === '.else';
}
