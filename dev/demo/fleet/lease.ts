import { isIn } from '../raw-state.ts';
import type { Step } from '../story.ts';

export const lease: Step = {
  title: 'A lease: maintenance that ends by itself, through the same gate.',
  async play({ fleet, run, note, until }) {
    await run('hafleet server disable web/web3 --for 5s --reason "cache warm-up" --yes');
    await run('hafleet status web', { exit: 1, means: 'WARNING: web3 is out on purpose', shows: /left/ });
    const seconds = await until('the end of the lease', () => isIn(fleet.instances, 'web', 'web3'));
    note(`${seconds.toFixed(1)} s later, with nobody at the keyboard:`);
    await run('hafleet status web', { shows: /OK/ });
  },
};
