import { readFileSync } from 'node:fs';

/** `USER_HZ`: Linux counts CPU time for user space in hundredths of a second on every platform we run on. */
const TICK_MS = 10;

/** CPU time that a process has used so far, all threads and both modes, and that of its children that have ended. */
export function cpuMs(pid: number): { readonly own: number; readonly children: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // `pid (command) state …`; the command may hold spaces and brackets. utime is field 14.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15);
  return { own: (user + system) * TICK_MS, children: (childUser + childSystem) * TICK_MS };
}

/** Memory that a process has in RAM now, in MB of 1,000,000 bytes, and the most it ever had. */
export function memoryMb(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
  return { now: (kib('VmRSS') * 1024) / 1e6, peak: (kib('VmHWM') * 1024) / 1e6 };
}
