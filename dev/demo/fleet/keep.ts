import type { Step } from '../story.ts';

export const disable: Step = {
  title: 'With hafleet: one command takes web1 out on every load balancer, and reads it back on each.',
  async play({ run }) {
    await run('hafleet server disable web/web1 --reason "disk swap" --ticket OPS-7 --yes', { shows: /3\/3/ });
    await run('hafleet status web', {
      exit: 1,
      means: 'WARNING: something is out, on purpose',
      shows: /disk swap/,
    });
  },
};

export const keep: Step = {
  title: 'web1 stays out when HAProxy is reloaded by somebody else, and when it is killed with -9.',
  async play(stage) {
    const { fleet, say } = stage;
    const web1 = fleet.app('web1');
    const before = web1.counts().requests;
    say(
      'A killed process takes along the requests that are inside it. The load balancer in front sends those again through ' +
        'another one (retry-on empty-response), as it should in front of any pair; without that, a few would fail.',
    );
    await stage.reload(fleet.instance('lb3/http').haproxy);
    await stage.kill(fleet.instance('lb2/http').haproxy);
    await stage.run('hafleet server show web/web1', { shows: /MAINT.*lb\[1-3\]/ });
    stage.noRequests(web1, before);
  },
};
