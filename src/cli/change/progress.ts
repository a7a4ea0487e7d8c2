import type { Change } from '../../api/index.ts';
import type { Line } from '../text/index.ts';
import { foldInstances } from './instances.ts';

/** `disable lb[1-6] 6/8   sessions 37   waiting for green checks`: where the change stands, on one line. */
export function progressLine({ id, kind, results, step }: Change): Line {
  const concerned = results.filter(({ result }) => result !== 'skipped');
  const done = concerned.filter(({ result }) => result === 'done');
  const where =
    done.length === 0 ? '' : ` ${foldInstances(done.map(({ node, instance }) => `${node}/${instance}`))}`;
  const counted = concerned.flatMap(({ sessions }) => sessions ?? []);
  const sessions = counted.length === 0 ? '' : `   sessions ${counted.reduce((sum, one) => sum + one, 0)}`;
  return `${id} ${kind}${where} ${done.length}/${concerned.length}${sessions}${step === '' ? '' : `   ${step}`}`;
}
