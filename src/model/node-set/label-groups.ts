/** What groups are made of: a node's labels and the groups its instances name. */
export interface LabelledNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly groups?: readonly string[];
}

/**
 * Groups from labels. `@role:edge`: nodes whose label `role` is `edge`; `@role:*`: nodes that have the label;
 * `@edge`: nodes with any label of that value, or in a group of that name. Undefined: no node answers to it.
 */
export function labelGroups(
  nodes: readonly LabelledNode[],
): (group: string) => readonly string[] | undefined {
  return (group) => {
    const names = nodes.filter((node) => isInGroup(node, group)).map((node) => node.name);
    return names.length > 0 ? names : undefined;
  };
}

export function isInGroup({ labels, groups = [] }: LabelledNode, group: string): boolean {
  const at = group.indexOf(':');
  if (at < 0) return groups.includes(group) || Object.values(labels).includes(group);
  const key = group.slice(0, at);
  const value = group.slice(at + 1);
  return Object.hasOwn(labels, key) && (value === '*' || labels[key] === value);
}
