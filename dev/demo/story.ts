import type { Fleet, FleetOptions } from '../index.ts';
import type { Stage } from './stage.ts';

/** One thing that is shown. */
export interface Step {
  /** One sentence that says what will be seen. */
  readonly title: string;
  play(stage: Stage): Promise<void>;
}

export interface Story {
  /** As typed after `npm run demo --`. */
  readonly name: string;
  /** For the list of stories. */
  readonly summary: string;
  readonly fleet: () => FleetOptions;
  /** What stands where, for somebody who sees it for the first time. */
  about(fleet: Fleet): Promise<string>;
  /** Paths that clients ask for all the time. */
  readonly paths: readonly string[];
  /** `backend/name` of one to try things on afterwards. */
  readonly anyServer: string;
  readonly steps: readonly Step[];
}
