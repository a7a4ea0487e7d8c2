import type { AgentEvent } from '../../api/index.ts';
import type { Clock, HafleetError, Logger } from '../../lib/index.ts';

export interface JournalOptions {
  readonly instance?: string;
  readonly log: Logger;
  readonly clock: Clock;
  readonly onEvent: (event: AgentEvent) => void;
}

/** The server it is about: who reaches its backend may know of it. */
export type EventAbout = Pick<AgentEvent, 'backend' | 'server'>;

/** What happens, for the log and for the servers. */
export interface Journal {
  event(severity: AgentEvent['severity'], code: string, message: string, about?: EventAbout): void;
  /** Says a trouble once, and again only after it was over (undefined). */
  trouble(kind: string, error: HafleetError | undefined): void;
}

export function createJournal({ instance, log, clock, onEvent }: JournalOptions): Journal {
  const troubles = new Map<string, string>();

  function event(
    severity: AgentEvent['severity'],
    code: string,
    message: string,
    { backend, server }: EventAbout = {},
  ): void {
    log[severity === 'info' ? 'info' : 'warn'](
      { ...(instance !== undefined && { instance }), code },
      message,
    );
    onEvent({
      at: clock.wallMs(),
      severity,
      code,
      ...(instance !== undefined && { instance }),
      ...(backend !== undefined && { backend }),
      ...(server !== undefined && { server }),
      message: message.slice(0, 2000),
    });
  }

  return {
    event,
    trouble(kind, error) {
      if (!error) troubles.delete(kind);
      if (!error || troubles.get(kind) === error.code) return;
      troubles.set(kind, error.code);
      event('warning', error.code, error.hint ? `${error.message} (${error.hint})` : error.message);
    },
  };
}
