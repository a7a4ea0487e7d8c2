/** `unknown`: it could not be looked at, so nothing is said about it. */
export const FINDING_SEVERITIES = ['ok', 'info', 'warning', 'critical', 'unknown'] as const;
export type FindingSeverity = (typeof FINDING_SEVERITIES)[number];

/** One thing the doctor looked at. Plain data, without a secret in it. */
export interface Finding {
  /** Stable, kebab-case: what scripts and runbooks refer to. */
  readonly id: string;
  readonly severity: FindingSeverity;
  /** The instance it is about; '' where it is about the machine, the agent or the fleet. */
  readonly subject: string;
  /** What was read, with `file:line` where it is configuration. */
  readonly evidence: readonly string[];
  /** One sentence, the same wherever the same thing is wrong, so that equal findings fold. */
  readonly verdict: string;
  /** The lines or commands that mend it; empty where nothing needs mending. */
  readonly fix: readonly string[];
}

/** A finding before somebody says which instance it is about. */
export type Remark = Omit<Finding, 'subject'>;

interface Parts {
  readonly evidence?: readonly string[];
  readonly fix?: readonly string[];
}

export function remark(
  severity: FindingSeverity,
  id: string,
  verdict: string,
  { evidence = [], fix = [] }: Parts = {},
): Remark {
  return { id, severity, evidence: shorten(evidence), verdict, fix };
}

export function about(subject: string, remarks: readonly Remark[]): Finding[] {
  return remarks.map(({ id, severity, evidence, verdict, fix }) => ({
    id,
    severity,
    subject,
    evidence,
    verdict,
    fix,
  }));
}

const MAX_LINES = 5;
const MAX_LENGTH = 300;

/** A farm of thousands has thousands of lines with the same fault; the first few are enough to find the others. */
function shorten(evidence: readonly string[]): string[] {
  const lines = evidence.map((line) => (line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}...` : line));
  if (lines.length <= MAX_LINES) return lines;
  return [...lines.slice(0, MAX_LINES), `and ${lines.length - MAX_LINES} more`];
}

/** `web, api, auth and 4 more`. */
export function listNames(names: Iterable<string>): string {
  const all = [...new Set(names)];
  if (all.length <= MAX_LINES) return all.join(', ');
  return `${all.slice(0, MAX_LINES).join(', ')} and ${all.length - MAX_LINES} more`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
