import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Texts that nobody may find anywhere, by what they are. */
export type Planted = Map<string, string>;

/** A piece of a secret is one too: long enough never to stand anywhere by chance. */
const PIECE = 16;

/** The secrets of which this text holds a whole, or a piece from their beginning, their middle or their end. */
export function secretsIn(text: string, planted: Planted): string[] {
  return [...planted]
    .filter(([, secret]) => piecesOf(secret).some((piece) => text.includes(piece)))
    .map(([name]) => name);
}

function piecesOf(secret: string): string[] {
  // What kind of secret it is may be told.
  const random = secret.replace(/^hafleet_[a-z]+_/, '');
  const middle = Math.floor((random.length - PIECE) / 2);
  return [random.slice(0, PIECE), random.slice(middle, middle + PIECE), random.slice(-PIECE)];
}

/** Every file below these folders that holds a secret, `path: secret`, apart from those that are there to hold it. */
export function filesWithSecrets(
  folder: string,
  planted: Planted,
  isMeantTo: (path: string) => boolean,
): string[] {
  return filesIn(folder)
    .filter((path) => !isMeantTo(path))
    .flatMap((path) => secretsIn(readFileSync(path, 'latin1'), planted).map((name) => `${path}: ${name}`));
}

/** Regular files, at any depth. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
