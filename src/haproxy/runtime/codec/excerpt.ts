const LONGEST = 200;

/** At most 200 characters of what HAProxy sent, with control characters escaped: safe in a message or a log. */
export function excerpt(text: string): string {
  const head = text.slice(0, LONGEST);
  const shown = head.replace(/[\u0000-\u001f\u007f-\u009f\\]/g, escapeOne).slice(0, LONGEST);
  return text.length > LONGEST || shown.length === LONGEST ? `${shown}…` : shown;
}

function escapeOne(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  if (character === '\\') return '\\\\';
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
