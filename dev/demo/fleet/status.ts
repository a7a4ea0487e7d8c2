import type { Step } from '../story.ts';

export const status: Step = {
  title: 'Three load balancers, an agent on each, one status.',
  async play({ run, say }) {
    await run('hafleet node list');
    await run('hafleet status', { shows: /OK/ });
    say(
      'A row is a backend; load balancers that say the same share a column. ● means all its servers are in use there.',
    );
  },
};
