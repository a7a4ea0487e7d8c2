import { compareNatural } from '../../lib/index.ts';
import { foldNodeSet } from '../../model/index.ts';

/** `node/instance` texts folded for people: `lb[1-4]` where all instances bear one name, else `lb[1-2] (http, ldap)`. */
export function foldInstances(instances: readonly string[]): string {
  const nodesByName = new Map<string, string[]>();
  for (const text of instances) {
    const { node, instance } = splitInstance(text);
    nodesByName.set(instance, [...(nodesByName.get(instance) ?? []), node]);
  }
  const namesByNodes = new Map<string, string[]>();
  for (const [name, nodes] of [...nodesByName].sort(([a], [b]) => compareNatural(a, b))) {
    const folded = foldNodeSet(nodes);
    namesByNodes.set(folded, [...(namesByNodes.get(folded) ?? []), name]);
  }
  if (nodesByName.size === 1) return [...namesByNodes.keys()].join('');
  return [...namesByNodes].map(([nodes, names]) => `${nodes} (${names.join(', ')})`).join(', ');
}

export function splitInstance(text: string): { readonly node: string; readonly instance: string } {
  const at = text.indexOf('/');
  return at < 0 ? { node: text, instance: '' } : { node: text.slice(0, at), instance: text.slice(at + 1) };
}
