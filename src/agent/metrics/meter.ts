/** Counts what the driver of one instance does. */
export interface InstanceMeter {
  /** All of one reading: states, statistics, and what followed from them. */
  polled(seconds: number): void;
  pollFailed(code: string): void;
  newWorker(): void;
  /** `ok`, or the code of what came instead. */
  operated(kind: string, result: string): void;
}

export const SILENT_METER: InstanceMeter = {
  polled: () => undefined,
  pollFailed: () => undefined,
  newWorker: () => undefined,
  operated: () => undefined,
};
