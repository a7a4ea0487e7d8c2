import type { Alarm, TokenScope } from '../../api/index.ts';
import { matchesGlob } from '../../model/index.ts';
import { inBackends, inNodes, isUnlimited } from '../auth/scope.ts';

/** What a token reaches; what is about the whole fleet, or may name any server, is for who reaches all of it. */
export function alarmsInScope(alarms: readonly Alarm[], scope: TokenScope): Alarm[] {
  if (isUnlimited(scope)) return [...alarms];
  return alarms
    .filter((alarm) => {
      if (alarm.backend !== undefined) return inBackends(scope, alarm.backend);
      if (alarm.nodes.length === 0) return false;
      return alarm.code !== 'drift' || scope.backends.includes('*');
    })
    .flatMap((alarm) => onNodes(alarm, (node) => inNodes(scope, node)));
}

export interface AlarmFilter {
  readonly nodes?: ReadonlySet<string>;
  /** Globs. */
  readonly backends?: readonly string[];
}

/** Those that bear on what was asked for. */
export function selectAlarms(alarms: readonly Alarm[], { nodes, backends }: AlarmFilter): Alarm[] {
  return alarms
    .filter(
      ({ backend }) =>
        !backends || backend === undefined || backends.some((glob) => matchesGlob(glob, backend)),
    )
    .flatMap((alarm) => onNodes(alarm, (node) => nodes?.has(node) ?? true));
}

function onNodes(alarm: Alarm, isMeant: (node: string) => boolean): Alarm[] {
  if (alarm.nodes.length === 0) return [alarm];
  const nodes = alarm.nodes.filter(isMeant);
  return nodes.length === 0 ? [] : [{ ...alarm, nodes }];
}
