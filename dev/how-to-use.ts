import type { Fleet } from './index.ts';

/** What somebody in another terminal types to work with a fleet that stays; `server` is one to try things on. */
export function howToUse(fleet: Fleet, binFolder: string, server: string): string[] {
  const [client] = fleet.targets;
  const [node] = fleet.nodes;
  return [
    'In another terminal (it has a context of its own; there is no token to type):',
    '',
    `    export PATH=${binFolder}:$PATH`,
    '    hafleet status',
    `    hafleet server disable ${server} --for 10m --reason "a try"`,
    '    hafleet change list',
    ...(client ? [`    curl -i http://${client.address}:${client.port}/          # as a client`] : []),
    ...(node
      ? [`    cat ${fleet.sandbox.folder}/${node.name}/agent/agent.yaml   # the local file of an agent`]
      : []),
  ];
}
