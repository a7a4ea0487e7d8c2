import { isOut } from '../raw-state.ts';
import type { Step } from '../story.ts';

export const frozen: Step = {
  title: 'A load balancer that does not answer: the change is pending there, and follows when it is back.',
  async play({ fleet, run, note, signal, until }) {
    const lb3 = fleet.node('lb3');
    if (!lb3.agent) return;
    await signal(lb3.agent.process, 'STOP', "lb3's agent is frozen; its HAProxy serves on");
    const text = await run('hafleet server disable web/web4 --reason "new disk" --yes', {
      exit: 10,
      means: 'done in part: lb3 is pending',
      shows: /lb3/,
    });
    const id = /CHG-\d+/.exec(text)?.[0] ?? '';
    await signal(lb3.agent.process, 'CONT', 'and it goes on');
    const seconds = await until('web4 out on lb3', () => isOut(lb3.instances, 'web', 'web4'));
    note(`web4 is out on lb3 as well, ${seconds.toFixed(1)} s later`);
    const isDone = async () => (await fleet.hafleet('change', 'show', id)).stdout.includes('3/3');
    await until('the end of the change', isDone);
    await run(`hafleet change show ${id}`, { shows: /3\/3/ });
  },
};
