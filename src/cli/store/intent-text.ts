import type { WireIntent } from '../../api/index.ts';

/** One intent on one line: `web/web1 maint on * by mara "disk" (CHG-12)`. */
export function intentText(intent: Omit<WireIntent, 'revision'>): string {
  const { backend, server, want, on, exclude, who, why, change } = intent;
  const wanted = want.aspect === 'state' ? want.state : `weight ${want.weight ?? 'of haproxy.cfg'}`;
  const nodes = exclude === undefined ? on : `${on} without ${exclude}`;
  return `${backend}/${server} ${wanted} on ${nodes} by ${who}${why === '' ? '' : ` "${why}"`} (${change})`;
}
