import type { Change } from '../../api/index.ts';
import type { Line } from '../text/index.ts';
import { foldInstances } from './instances.ts';

/** `disable lb[1-6] 6/8   37 sessions left on lb7`: where the change stands, on one line. */
export function progressLine({ id, kind, results, step }: Change): Line {
  const concerned = results.filter(({ result }) => result !== 'skipped');
  const done = concerned.filter(({ result }) => result === 'done');
  const where =
    done.length === 0 ? '' : ` ${foldInstances(done.map(({ node, instance }) => `${node}/${instance}`))}`;
  return `${id} ${kind}${where} ${done.length}/${concerned.length}${step === '' ? '' : `   ${step}`}`;
}
