import type { NodeView } from '../../../api/index.ts';
import { compareNatural } from '../../../lib/index.ts';
import { evaluateNodeSet, foldNodeSet, parseNodeSet } from '../../../model/index.ts';
import { defineCommand } from '../../command.ts';
import { printListing } from '../../document.ts';
import { usageError } from '../../errors.ts';
import { LIST_OPTIONS } from '../../options.ts';
import { formatDuration, type Line, type Table } from '../../text/index.ts';

interface NodeListOptions {
  readonly set: string | undefined;
  readonly expand: boolean;
  readonly columns: string | undefined;
  readonly sort: string | undefined;
}

export const command = defineCommand<NodeListOptions>({
  args: [{ syntax: '[set]', text: 'only these: lb[1-4], @role:edge, lb*,!lb3' }],
  options: [{ flags: '--expand', text: 'the names alone, one a line' }, ...LIST_OPTIONS],
  examples: ['hafleet node list', "hafleet node list '@role:edge,!lb3' --expand"],
  read: ([set], typed) => ({
    set,
    expand: typed.flag('expand'),
    columns: typed.text('columns'),
    sort: typed.text('sort'),
  }),
  async run(cli, { set, expand, ...list }) {
    const { api } = await cli.connect();
    const { items } = await api.nodes();
    const nodes = selectNodes(items, set);
    if (expand) {
      cli.out.lines(nodes.map(({ name }) => name));
      return 0;
    }
    const { nowMs } = cli.moment();
    await printListing(
      cli,
      {
        kind: 'NodeList',
        items: nodes,
        names: nodes.map(({ name }) => name),
        table: () => nodeTable(nodes, nowMs),
        footer: [nodeFooter(nodes)],
        empty: 'no nodes: run `hafleet agent` beside a HAProxy',
      },
      list,
    );
    return 0;
  },
});

function selectNodes(nodes: readonly NodeView[], set: string | undefined): NodeView[] {
  const sorted = nodes.toSorted((a, b) => compareNatural(a.name, b.name));
  if (set === undefined) return sorted;
  const parsed = parseNodeSet(set);
  if (!parsed.ok)
    throw usageError(`${set}: ${parsed.error.message} (column ${parsed.error.column})`, parsed.error.hint);
  const { names, unknown, unknownGroups } = evaluateNodeSet(parsed.value, {
    universe: nodes.map(({ name }) => name),
    group: (group) => groupMembers(nodes, group),
  });
  if (names.length === 0)
    throw usageError(
      `no node is in \`${set}\``,
      [...unknown, ...unknownGroups.map((group) => `@${group}`)].join(', ') || undefined,
    );
  return sorted.filter(({ name }) => names.includes(name));
}

/** `@role:edge` is a label and its value; `@edge` any label with that value. Undefined when no node bears it. */
function groupMembers(nodes: readonly NodeView[], group: string): string[] | undefined {
  const at = group.indexOf(':');
  const has = ({ labels }: NodeView) =>
    at < 0 ? Object.values(labels).includes(group) : labels[group.slice(0, at)] === group.slice(at + 1);
  const members = nodes.filter(has).map(({ name }) => name);
  return members.length === 0 ? undefined : members;
}

function nodeTable(nodes: readonly NodeView[], nowMs: number): Table {
  return {
    columns: ['NODE', 'AGENT', 'SEEN', 'HAPROXY', 'LABELS', 'NOTE'].map((title) => ({ title })),
    rows: nodes.map((node) => nodeRow(node, nowMs)),
  };
}

function nodeRow(
  { name, connected, lastSeen, instances, labels, applied, wanted, skew }: NodeView,
  nowMs: number,
): Line[] {
  const seen = lastSeen === null ? 'never' : `${formatDuration(nowMs - lastSeen)} ago`;
  const pairs = Object.entries(labels).map(([label, value]) => `${label}:${value}`);
  const behind = applied === null || applied.epoch !== wanted.epoch || applied.revision < wanted.revision;
  const failing = instances
    .filter(({ reading }) => reading !== 'ok')
    .map(({ instance }) => `${instance} is not read`);
  return [
    name,
    connected ? 'connected' : 'away',
    connected ? 'now' : seen,
    haproxyVersions(instances),
    pairs.join(' '),
    [...(behind ? ['behind'] : []), ...(skew === undefined ? [] : [skew]), ...failing].join(', '),
  ];
}

/** `2.6.12 (http, ldap), 3.2.1 (puppet)`: an outdated one among many is what somebody looks for here. */
function haproxyVersions(instances: NodeView['instances']): string {
  const names = new Map<string, string[]>();
  for (const { instance, haproxy } of instances)
    names.set(haproxy ?? '?', [...(names.get(haproxy ?? '?') ?? []), instance]);
  return [...names].map(([version, those]) => `${version} (${foldNodeSet(those)})`).join(', ');
}

function nodeFooter(nodes: readonly NodeView[]): string {
  const away = nodes.filter(({ connected }) => !connected).map(({ name }) => name);
  const all = `${nodes.length} node${nodes.length === 1 ? '' : 's'}: ${foldNodeSet(nodes.map(({ name }) => name))}`;
  return away.length === 0 ? all : `${all}; away: ${foldNodeSet(away)}`;
}
