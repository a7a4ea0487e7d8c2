import { type HaproxyVersion, testedVersions } from '../../dev/index.ts';

/** The oldest and the newest of the tested versions: what holds on both is taken to hold between them. */
export function endsOfMatrix(): readonly HaproxyVersion[] {
  const tested = testedVersions();
  return [...new Set([tested[0], tested.at(-1)])].flatMap((version) => version ?? []);
}
