import type { InstanceOptions, NodeOptions } from '../../index.ts';
import { testedVersions } from '../../index.ts';
import type { Story } from '../story.ts';
import { PUPPET_BACKENDS, PUPPET_SERVERS } from './backends.ts';
import { disable, enable, first, frozen, keep, refusals } from './steps.ts';

const INSTANCES: readonly InstanceOptions[] = [
  { name: 'http', groups: ['haproxy'], backends: ['www'] },
  { name: 'ldap', groups: ['haproxy'], backends: ['directory'] },
  { name: 'puppet', groups: ['haproxy'], backends: PUPPET_BACKENDS },
];

export const milkcheckStory: Story = {
  name: 'milkcheck',
  summary: 'the operating procedure of a cluster: lb[1-2], HAProxy for http, ldap and puppet, milkcheck',
  fleet: () => ({
    nodes: nodes(),
    backends: {
      www: ['www-i0', 'www-i1'],
      directory: ['ldap-i0', 'ldap-i1'],
      ...Object.fromEntries(PUPPET_BACKENDS.map((backend) => [backend, PUPPET_SERVERS])),
    },
    stateFile: true,
    checkMs: 500,
    outer: { retries: 'requests', instance: 'puppet' },
    control: true,
  }),
  about: async () =>
    'Started on this machine, all on loopback: two load balancers, lb1 and lb2, each with three HAProxy instances (http, ldap, ' +
    'puppet) in the group haproxy, an agent on each, and the hafleet control server. puppet-i0-svc1 is a server in five ' +
    'backends of puppet. The applications are stand-ins that speak HTTP, ldap too. Clients use the puppet instances, through ' +
    'one more HAProxy in front.',
  paths: PUPPET_BACKENDS.map((backend) => `/${backend}/`),
  anyServer: 'www/www-i0',
  steps: [first, disable, keep, refusals, frozen, enable],
};

function nodes(): NodeOptions[] {
  const versions = testedVersions();
  const [oldest] = versions;
  const newest = versions.at(-1);
  return [
    { name: 'lb1', ...(oldest && { version: oldest }), instances: INSTANCES },
    { name: 'lb2', ...(newest && { version: newest }), instances: INSTANCES },
  ];
}
