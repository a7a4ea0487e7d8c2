import type { Change, ChangeRequest } from '../../api/index.ts';
import type { ApplyParts, Outcome } from './apply.ts';
import { SOCKET_INSTANCE } from './reading.ts';

/** A change that this very program carries out: it can be watched like one of a control server, and ends with us. */
export interface DirectChange {
  current(): Change;
  /** Resolves when there is something newer than version `seen`, or after `waitMs`. */
  next(seen: number, waitMs: number): Promise<Change>;
  /** Stops waiting; a gate is taken back first. Resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

export interface DirectParts extends Omit<ApplyParts, 'signal' | 'onStep'> {
  readonly node: string;
  readonly who: string;
  readonly id: string;
  /** Does it and reads it back: straight on the socket, or through an agent. */
  readonly apply: (parts: ApplyParts) => Promise<Outcome>;
}

export function startDirectChange(parts: DirectParts): DirectChange {
  const controller = new AbortController();
  let change = firstChange(parts);
  let wake: () => void = () => undefined;
  const update = (fields: Partial<Change>) => {
    change = { ...change, ...fields, version: change.version + 1 };
    wake();
  };
  const result = { node: parts.node, instance: SOCKET_INSTANCE, servers: parts.servers.length };
  const onStep = (step: string, sessions?: number) => {
    const waiting = {
      ...result,
      result: 'waiting' as const,
      ...(sessions === undefined ? {} : { sessions }),
    };
    update({ step, results: [waiting] });
  };
  const work = parts.apply({ ...parts, signal: controller.signal, onStep }).then(
    ({ state, ...outcome }) => update({ state, step: '', results: [{ ...result, ...outcome }] }),
    (thrown: unknown) => {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      update({ state: 'failed', step: '', message, results: [{ ...result, result: 'failed', message }] });
    },
  );
  return {
    current: () => change,
    async next(seen, waitMs) {
      if (change.version === seen && change.state === 'running') {
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        await Promise.race([woken, parts.world.sleep(waitMs, controller.signal)]);
      }
      return change;
    },
    async stop() {
      controller.abort();
      await work;
    },
  };
}

function firstChange({ request, servers, who, world, id }: DirectParts): Change {
  const { kind, targets, weight, reason } = request satisfies ChangeRequest;
  return {
    id,
    version: 1,
    kind,
    state: 'running',
    targets,
    servers: servers.map(({ backend, server }) => `${backend}/${server}`),
    on: '*',
    who,
    why: reason ?? '',
    at: world.clock.wallMs(),
    overridden: request.overrides ?? [],
    replaces: [],
    step: '',
    results: [],
    active: false,
    ...(weight === undefined ? {} : { weight }),
  };
}
