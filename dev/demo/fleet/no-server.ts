import { waitForAgents } from '../../index.ts';
import type { Step } from '../story.ts';

export const noServer: Step = {
  title: 'The control server dies: traffic goes on, web1 stays out, even through a reload meanwhile.',
  async play(stage) {
    const { fleet, run, say } = stage;
    const { control } = fleet;
    if (!control) return;
    const lb1 = fleet.instance('lb1/http').haproxy;
    const web1 = fleet.app('web1');
    const before = web1.counts().requests;
    await run(`kill -9 ${control.process.pid}   # the control server`);
    // Its supervisor would have it back in a tenth of a second: too soon to see anything.
    await control.process.stop({ signal: 'SIGKILL' });
    await run('hafleet status', { exit: 14, means: 'no control server' });
    await stage.reload(lb1);
    say('Without a control server one load balancer can still be asked directly, on its own machine:');
    await run(`hafleet --socket ${lb1.paths.statsSocket} server show web/web1`, { shows: /MAINT/ });
    await control.process.start();
    stage.note('the control server is started again, on the same data');
    await waitForAgents(control, fleet.nodes);
    await run('hafleet status web', {
      exit: 1,
      means: 'WARNING: web1 is out on purpose',
      shows: /disk swap/,
    });
    stage.noRequests(web1, before);
    await run('hafleet server enable web/web1 --yes', { shows: /3\/3/ });
  },
};
