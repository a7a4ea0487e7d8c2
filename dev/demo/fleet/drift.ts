import { isOut } from '../raw-state.ts';
import type { Step } from '../story.ts';

export const drift: Step = {
  title: 'A change made by hand is drift: shown with what it should be, and not fought over.',
  async play({ fleet, run, say, socat, until }) {
    // Not one that was reloaded a moment ago: a new worker gets what is wanted again, and a change by hand at that moment with it.
    const lb1 = fleet.instance('lb1/http');
    await socat(lb1.haproxy, 'set server web/web1 state ready');
    const isSeen = async () => (await fleet.hafleet('status', 'web')).stdout.includes('drift');
    await until('the drift in the status', isSeen);
    await run('hafleet status web', { exit: 1, means: 'WARNING: lb1 is not as wanted', shows: /drift/ });
    say('The person on lb1 may have had a reason. Asking for it again settles it:');
    await run('hafleet change retry CHG-1 --yes', { shows: /3\/3/ });
    await until('web1 in maint on lb1', () => isOut([lb1], 'web', 'web1'));
  },
};
