import { readdirSync } from 'node:fs';
import type { MetricRegistry } from './metrics.ts';

/** The series that every Prometheus client library gives of its own process. */
export function addProcessMetrics(registry: MetricRegistry): void {
  const cpu = registry.counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time of this program.',
  });
  const memory = registry.gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of this program.',
  });
  const heap = registry.gauge({ name: 'process_heap_bytes', help: 'Memory in use for objects.' });
  const files = registry.gauge({ name: 'process_open_fds', help: 'Open file descriptors.' });
  const started = registry.gauge({
    name: 'process_start_time_seconds',
    help: 'When this program was started, as Unix time.',
  });
  const startedAt = Math.round(Date.now() / 1000 - process.uptime());
  registry.onCollect(() => {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    cpu.setTotal({}, (user + system) / 1e6);
    memory.set({}, rss);
    heap.set({}, heapUsed);
    started.set({}, startedAt);
    const open = countOpenFiles();
    if (open !== undefined) files.set({}, open);
  });
}

/** Undefined where there is no /proc. */
function countOpenFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}
