import type { Line, Section } from './tree.ts';

/**
 * Number of the line behind which a new line of the section belongs: its last keyword outside a block, or the `.endif` of
 * the last block that begins inside. A block that began before the header ends the section.
 */
export function appendPosition(section: Section): number {
  let depth = 0;
  let last = 0;
  let blockHasKeywords = false;
  for (const [index, line] of section.lines.entries()) {
    const step = depthStep(line);
    if (step === 1 && depth === 0) blockHasKeywords = false;
    depth += step;
    if (depth < 0 || (depth === 0 && isElse(line))) break;
    blockHasKeywords ||= line.kind === 'keyword';
    if (depth === 0 && (line.kind === 'keyword' || (step === -1 && blockHasKeywords))) last = index;
  }
  return section.firstLine + last;
}

function depthStep(line: Line): number {
  if (line.kind !== 'directive') return 0;
  const word = line.words[0]?.value;
  return word === '.if' ? 1 : word === '.endif' ? -1 : 0;
}

function isElse(line: Line): boolean {
  const word = line.words[0]?.value;
  return line.kind === 'directive' && (word === '.else' || word === '.elif');
}
