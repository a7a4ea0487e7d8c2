import { type Haproxy, testedVersions } from '../../index.ts';
import type { Story } from '../story.ts';
import { byHand } from './by-hand.ts';
import { capacity } from './capacity.ts';
import { drain } from './drain.ts';
import { drift } from './drift.ts';
import { frozen } from './frozen.ts';
import { gate } from './gate.ts';
import { disable, keep } from './keep.ts';
import { lease } from './lease.ts';
import { noServer } from './no-server.ts';
import { SERVERS } from './servers.ts';
import { status } from './status.ts';
import { undo } from './undo.ts';

export const fleetStory: Story = {
  name: 'fleet',
  summary: 'three load balancers operated as one: out, in, drain, guards, leases, crashes',
  fleet() {
    const versions = testedVersions();
    return {
      nodes: ['lb1', 'lb2', 'lb3'].map((name, index) => {
        const version = versions[index % versions.length];
        return { name, ...(version && { version }), labels: { role: 'edge' } };
      }),
      backends: SERVERS,
      stateFile: true,
      outer: { retries: 'requests' },
      control: true,
    };
  },
  async about(fleet) {
    const versions = await Promise.all(
      fleet.instances.map(async ({ node, haproxy }) => `${node} (${await releaseOf(haproxy)})`),
    );
    return (
      `Started on this machine, all on loopback: the HAProxy load balancers ${versions.join(', ')} with an agent beside each, ` +
      'the hafleet control server, six small applications in the backends web and files, and one more HAProxy in front ' +
      'that spreads clients over the three.'
    );
  },
  paths: ['/web/'],
  anyServer: 'web/web1',
  steps: [status, byHand, disable, keep, drift, noServer, drain, gate, capacity, lease, frozen, undo],
};

async function releaseOf(haproxy: Haproxy): Promise<string> {
  return /^Version: ([\d.]+)/m.exec(await haproxy.ask('show info'))?.[1] ?? 'unknown';
}
