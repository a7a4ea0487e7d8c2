/**
 * Everything that came from HAProxy, people or the network passes here before a terminal sees it. C0, DEL and C1 can
 * move the cursor or retitle the window; bidirectional and zero-width controls can make a name read as another.
 */
const UNSAFE =
  /[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** The same characters, of those that JSON leaves as they are. */
const UNSAFE_IN_JSON =
  /[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Text without a character that a terminal obeys: `\x1b`, `\n`, `\u202e` are printed as written here. */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, escapeCharacter);
}

/** JSON text whose strings hold no such character; parsing it gives the same value. */
export function escapeJson(json: string): string {
  return json.replace(UNSAFE_IN_JSON, (character) => `\\u${hex(character, 4)}`);
}

function escapeCharacter(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  return character.charCodeAt(0) < 0x100 ? `\\x${hex(character, 2)}` : `\\u${hex(character, 4)}`;
}

function hex(character: string, width: number): string {
  return character.charCodeAt(0).toString(16).padStart(width, '0');
}
