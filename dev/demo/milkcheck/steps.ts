import { isOut } from '../raw-state.ts';
import { DemoFailure, type Stage } from '../stage.ts';
import type { Step } from '../story.ts';
import { PUPPET_BACKENDS } from './backends.ts';

const STATUS = 'hafleet milkcheck haproxy -D server=puppet-i0-svc1 status';

export const first: Step = {
  title: 'Before the work: is everything in order?',
  async play({ run }) {
    await run('hafleet milkcheck haproxy status', { shows: /Success on all services/ });
    await run(STATUS);
  },
};

export const disable: Step = {
  title: 'Take puppet-i0-svc1 out: five backends on two load balancers, ten changes, one command.',
  async play({ run, say }) {
    await run(
      'hafleet milkcheck haproxy -D server=puppet-i0-svc1 disable --until 1h --reason "new kernel" --yes',
      { shows: /puppet/ },
    );
    say('http and ldap do not have that server: skipped. From now on status shows the planned exception:');
    await run(STATUS, { exit: 3, means: 'WARNING: planned', shows: /STOPPED\/MAINT/ });
  },
};

export const keep: Step = {
  title: 'It stays out when puppet is reloaded on lb1 and killed with -9 on lb2.',
  async play(stage) {
    const { fleet, say } = stage;
    say(
      'A killed process takes along the requests that are inside it; the load balancer in front sends those again through the ' +
        'other one (retry-on empty-response).',
    );
    const before = requestsOf(stage);
    await stage.reload(fleet.instance('lb1/puppet').haproxy);
    await stage.kill(fleet.instance('lb2/puppet').haproxy);
    await stage.run(STATUS, { exit: 3, means: 'WARNING: planned', shows: /lb\[1-2\].*STOPPED\/MAINT/ });
    const count = requestsOf(stage) - before;
    stage.note(`requests that reached puppet-i0-svc1 in its five backends meanwhile: ${count}`);
    if (count > 0) throw new DemoFailure(`${count} requests reached puppet-i0-svc1`);
  },
};

export const refusals: Step = {
  title: 'What goes wrong at night is refused before anything is changed: the last server, and a typo.',
  async play({ run }) {
    await run('hafleet milkcheck haproxy -D server=puppet-i1-svc1 disable --reason "new kernel" --yes', {
      exit: 9,
      means: 'refused, nothing is changed',
      shows: /capacity/,
    });
    await run('hafleet milkcheck haproxy -D server=pupet-i0-svc1 disable --yes', {
      exit: 9,
      means: 'wrong usage, nothing is changed',
      shows: /pupet-i0-svc1/,
    });
  },
};

export const frozen: Step = {
  title: 'lb2 does not answer: done on lb1, pending on lb2, and it follows by itself.',
  async play({ fleet, run, note, signal, until }) {
    const lb2 = fleet.node('lb2');
    if (!lb2.agent) return;
    await signal(lb2.agent.process, 'STOP', "lb2's agent is frozen; its three HAProxy go on serving");
    await run('hafleet milkcheck haproxy -D server=www-i0 disable --reason "new disk" --yes', {
      exit: 3,
      means: 'WARNING: lb2 is pending',
      shows: /> lb2/,
    });
    await signal(lb2.agent.process, 'CONT', 'and it goes on');
    const http = [fleet.instance('lb2/http')];
    const seconds = await until('www-i0 out on lb2', () => isOut(http, 'www', 'www-i0'));
    note(`www-i0 is out on lb2 as well, ${seconds.toFixed(1)} s later`);
    await run('hafleet milkcheck haproxy -D server=www-i0 enable --yes');
  },
};

export const enable: Step = {
  title: 'The work is done: back in, behind green checks, and all is in order again.',
  async play({ run }) {
    await run('hafleet milkcheck haproxy -D server=puppet-i0-svc1 enable --yes');
    await run('hafleet milkcheck haproxy status', { shows: /Success on all services/ });
  },
};

function requestsOf({ fleet }: Stage): number {
  const apps = PUPPET_BACKENDS.map((backend) => fleet.app(`${backend}/puppet-i0-svc1`));
  return apps.reduce((sum, app) => sum + app.counts().requests, 0);
}
