import type { InstanceView, NodeView } from '../../../api/index.ts';
import { defineCommand } from '../../command.ts';
import { printListing } from '../../document.ts';
import { formatDuration, formatTime, paint, type Line, type Moment } from '../../text/index.ts';

export const command = defineCommand<{ readonly name: string }>({
  args: [{ syntax: '<node>', text: 'name of the load balancer' }],
  examples: ['hafleet node show lb1', 'hafleet node show lb1 -o json'],
  read: ([name = '']) => ({ name }),
  async run(cli, { name }) {
    const { api } = await cli.connect();
    const node = await api.node(name);
    await printListing(cli, {
      kind: 'Node',
      items: [node],
      names: [node.name],
      table: () => ({
        columns: ['INSTANCE', 'HAPROXY', 'MODE', 'READING', 'AGE', 'LEVEL', 'RELOAD-SAFE', 'NOTE'].map(
          (title) => ({ title }),
        ),
        rows: node.instances.map(instanceRow),
      }),
      footer: nodeLines(node, cli.moment()),
    });
    return 0;
  },
});

function instanceRow({
  instance,
  haproxy,
  mode,
  reading,
  ageMs,
  level,
  survivesReload,
  error,
}: InstanceView): Line[] {
  const note = error === null ? '' : `${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`;
  return [
    instance,
    haproxy ?? '?',
    mode,
    reading,
    ageMs === null ? 'never' : formatDuration(ageMs),
    level ?? '?',
    survivesReload === null ? '?' : survivesReload ? 'yes' : 'no',
    note,
  ];
}

function nodeLines(node: NodeView, moment: Moment): Line[] {
  const { name, connected, agent, labels, enrolledAt, lastSeen, applied, wanted } = node;
  const pairs = Object.entries(labels).map(([label, value]) => `${label}:${value}`);
  const holds = applied === null ? 'nothing yet' : `epoch ${applied.epoch} revision ${applied.revision}`;
  return [
    `${name}: agent ${agent ?? '?'} ${connected ? 'connected' : 'away'}, enrolled ${formatTime(enrolledAt, moment)}`,
    `last seen ${lastSeen === null ? 'never' : formatTime(lastSeen, moment)}; labels ${pairs.join(' ') || 'none'}`,
    `holds ${holds}; wanted epoch ${wanted.epoch} revision ${wanted.revision}`,
    ...(node.trouble
      ? [
          [paint('red', node.trouble.code), `: ${node.trouble.message}`] satisfies Line,
          `next: ${node.trouble.hint.replace('NAME', name)}`,
        ]
      : []),
    ...(node.instances.some(({ survivesReload }) => survivesReload === false)
      ? [
          'not reload-safe: maint and drain come back 500 ms after a reload, not with it; server-state-file would keep them',
        ]
      : []),
  ];
}
