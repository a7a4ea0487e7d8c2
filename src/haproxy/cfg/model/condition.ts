/**
 * The value of a `.if` condition that is a constant (manual 2.4: an integer, non-zero is true; nothing is false), or
 * undefined for one that depends on the build, the version or the environment.
 */
export function evaluateCondition(words: readonly string[]): boolean | undefined {
  const text = words.join(' ').trim();
  const negated = /^!\s*(.*)$/s.exec(text);
  if (negated) {
    const value = evaluateCondition([negated[1] ?? '']);
    return value === undefined ? undefined : !value;
  }
  if (text === '') return false;
  return /^\d+$/.test(text) ? Number(text) !== 0 : undefined;
}
