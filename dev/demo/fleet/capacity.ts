import type { Step } from '../story.ts';

export const capacity: Step = {
  title: 'No command takes a backend below its capacity floor by accident.',
  async play({ run, say }) {
    await run('hafleet backend list');
    await run("hafleet server disable 'web/web[1-3]' --yes", {
      exit: 11,
      means: 'refused by a guard, nothing is changed',
      shows: /would fit/,
    });
    say('`hafleet backend set web --min-healthy 3` changes the floor.');
  },
};
