import { fleetStory } from './fleet/index.ts';
import { milkcheckStory } from './milkcheck/index.ts';
import type { Story } from './story.ts';

/** The first is played when none is named. */
export const STORIES: readonly Story[] = [fleetStory, milkcheckStory];
