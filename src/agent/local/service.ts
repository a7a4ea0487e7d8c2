import type { LocalInfo, LocalRequest, PreparedAnswer } from '../../api/index.ts';
import { HafleetError } from '../../lib/index.ts';
import { type Limits, prohibitions, serverKey } from '../../plan/index.ts';
import type { Held } from '../held/held.ts';
import type { Instance } from '../instance/instance.ts';
import type { LocalFile } from '../local-file/schema.ts';
import type { LocalBook } from './book.ts';
import type { LocalService } from './server.ts';

export interface ServiceOptions {
  readonly local: LocalFile;
  readonly version: string;
  readonly limits: Limits;
  readonly held: Held;
  readonly book: LocalBook;
  readonly instances: readonly Instance[];
  /** Whether a server has confirmed what is held, and is in touch still. */
  readonly standing: () => Pick<PreparedAnswer, 'current' | 'waiting'>;
  /** A change was taken in and is on disk. */
  readonly onAdded: (instance: Instance, request: LocalRequest) => void;
}

/** What the agent's own socket may ask for: no more than the local file allows a server. */
export function createLocalService(options: ServiceOptions): LocalService {
  const { local, version, limits, held, book, instances, standing, onAdded } = options;
  const prohibit = prohibitions(limits);
  return {
    info: () => localInfoOf(local, version),
    answer: (id) => book.answer(id),
    prepare: async () => ({
      ...standing(),
      held: held.position !== null || held.local.length > 0,
      instances: await Promise.all(instances.map((instance) => instance.prepare())),
    }),
    add(request) {
      const instance = instances.find(({ view }) => view.local.name === request.instance);
      if (!instance)
        throw new HafleetError('unknown-instance', `this agent has no instance ${request.instance}`);
      for (const { backend } of request.servers) {
        const prohibition = prohibit(backend);
        if (prohibition) throw new HafleetError(prohibition.code, prohibition.message);
      }
      refuseUnknown(instance, request);
      const before = held.local;
      try {
        book.add(request);
        held.persist();
      } catch (thrown) {
        held.setLocal(before);
        throw thrown;
      }
      onAdded(instance, request);
      const answer = book.answer(request.id);
      if (!answer) throw new HafleetError('agent-fault', `${request.id} was taken in and is not there`);
      return answer;
    },
  };
}

export function localInfoOf({ name, instances }: LocalFile, version: string): LocalInfo {
  return {
    node: name,
    version,
    instances: instances.map(({ name: instance, statsSocket, masterSocket }) => ({
      name: instance,
      sockets: [statsSocket, masterSocket ?? []].flat(),
    })),
  };
}

/** A name that is mistyped would wait for ever for its server to appear. */
function refuseUnknown({ view }: Instance, { servers }: LocalRequest): void {
  if (view.readAtMs === null)
    throw new HafleetError('not-read-yet', `${view.local.name} could not be read yet`, { retryable: true });
  const known = new Set([...view.reports()].map(([key]) => key));
  const missing = servers.find(({ backend, server }) => !known.has(serverKey(backend, server)));
  if (missing)
    throw new HafleetError(
      'unknown-server',
      `${view.local.name} has no server ${missing.backend}/${missing.server}`,
    );
}
