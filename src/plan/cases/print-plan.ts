import { describeOperation } from '../operation.ts';
import type { InstancePlan } from '../plan-instance.ts';
import type { StateLine } from '../state-file.ts';

/** A plan in words, one thing a line; a word of its own for nothing. */
export function printPlan(plan: InstancePlan, stateFile: readonly StateLine[]): string {
  const lines = [
    ...plan.operations.map((one) => `do ${describeOperation(one)}${one.intent ? ` (${one.intent})` : ''}`),
    ...(plan.operations.length === 0 ? ['do nothing'] : []),
    ...plan.statuses.map(printStatus),
    ...plan.drift.map(
      (d) => `drift ${d.backend}/${d.server} ${d.aspect}: ${d.wanted} wanted, ${d.found} found`,
    ),
    ...plan.memory.map(
      ({ key, to }) =>
        `remember ${key}: ${to ? `${to.intent} rev ${to.revision} ${printMemory(to)}` : 'nothing'}`,
    ),
    ...stateFile.map(printStateLine),
  ];
  return `${lines.join('\n')}\n`;
}

function printStatus(status: InstancePlan['statuses'][number]): string {
  const extras = [
    `of ${status.servers}`,
    status.sessions === undefined ? '' : `${status.sessions} sessions`,
    status.ungated ? 'ungated' : '',
    status.fileDisabled ? 'disabled in haproxy.cfg' : '',
    status.code ?? '',
  ];
  return `${status.id} ${status.status} ${extras.filter((text) => text !== '').join(', ')}`;
}

function printMemory({
  worker,
  done,
  gateFrom,
}: {
  worker: string;
  done: boolean;
  gateFrom?: string;
}): string {
  return `on ${worker}${done ? ' done' : ''}${gateFrom ? ` from ${gateFrom}` : ''}`;
}

function printStateLine(line: StateLine): string {
  const place = `${line.fqdn ?? line.address ?? '-'}:${line.port}`;
  const weight = `weight ${line.userWeight}/${line.initialWeight}`;
  return `line ${line.backend}/${line.server} ${line.operationalState} ${line.adminFlags} ${place} ${weight}${line.useSsl ? ' ssl' : ''}`;
}
