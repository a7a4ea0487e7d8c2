/** The value behind a keyword of a server, '' when it is the last word, undefined when it is not there. */
export function valueOf(words: readonly string[], keyword: string): string | undefined {
  const at = words.lastIndexOf(keyword);
  return at === -1 ? undefined : (words[at + 1] ?? '');
}
