import { isIn } from '../raw-state.ts';
import type { Step } from '../story.ts';

export const undo: Step = {
  title: 'Who changed what, when and why, and how to take it back.',
  async play({ fleet, run, until }) {
    const list = await run('hafleet change list', { shows: /disk swap/ });
    const latest = /CHG-\d+/.exec(list)?.[0] ?? '';
    await run(`hafleet change undo ${latest} --yes`, { shows: /3\/3/ });
    await until('web4 in use', () => isIn(fleet.instances, 'web', 'web4'));
    await run('hafleet status', { shows: /OK/ });
  },
};
