import type { Step } from '../story.ts';

export const gate: Step = {
  title: 'A broken server does not come back: enable waits for green checks on all load balancers.',
  async play({ fleet, run, say, note, noRequests }) {
    const web2 = fleet.app('web2');
    await run('hafleet server disable web/web2 --reason "release 42" --yes');
    await web2.behave({ kind: 'fail', status: 500 });
    const before = web2.counts().requests;
    say('The new release is broken: web2 now answers 500 to everything, its health check included.');
    await run('hafleet server enable web/web2 --gate 3s --yes', {
      exit: 1,
      means: 'failed, and nothing is changed: web2 is in maint as before',
      shows: /lb\[1-3\]/,
    });
    noRequests(web2, before);
    say('A plain "set server web/web2 state ready" would have sent clients there until the checks failed.');
    await web2.behave({ kind: 'ok' });
    note('web2 is mended');
    await run('hafleet server enable web/web2 --yes', { shows: /3\/3/ });
  },
};
