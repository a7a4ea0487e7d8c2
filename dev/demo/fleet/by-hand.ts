import { type Fleet, type Haproxy, anyVersion, defaultConfig, startHaproxy } from '../../index.ts';
import type { Step } from '../story.ts';
import { SERVERS } from './servers.ts';

const WEB1_STATUS = { start: 'web,web1,', fields: [1, 2, 18] };

export const byHand: Step = {
  title: 'The old way first: what is typed on the socket is forgotten at the next reload.',
  async play({ fleet, say, socat, reload }) {
    say('lb0 is a HAProxy without hafleet, made for this step: the same backends, no agent, no clients.');
    const lb0 = await startPlain(fleet);
    await socat(lb0, 'set server web/web1 state maint');
    await socat(lb0, 'show stat', WEB1_STATUS);
    await reload(lb0);
    await socat(lb0, 'show stat', WEB1_STATUS);
    say('Nobody enabled web1, and yet it gets requests again, whatever state it is in.');
    await lb0.stop();
  },
};

function startPlain(fleet: Fleet): Promise<Haproxy> {
  const { sandbox } = fleet;
  return startHaproxy({
    sandbox,
    name: 'lb0',
    version: anyVersion('3.2'),
    config: (paths) =>
      defaultConfig({
        node: 'lb0',
        instance: 'http',
        paths,
        address: sandbox.nextAddress('node'),
        port: 8080,
        backends: new Map([['web', SERVERS.web.map((name) => fleet.app(name))]]),
        peers: [],
        stateFile: false,
        checkMs: 200,
      }),
  });
}
