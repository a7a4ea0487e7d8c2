import { z } from 'zod';
import { severity } from './event.ts';
import { wallTime } from './wire.ts';

/** Something that is wrong now, for as long as it is. */
export const alarm = z.object({
  code: z.string(),
  severity,
  subject: z.string().meta({ description: 'What it is about: `web/web1`, `lb1`, `lb1/http`, `CHG-12`.' }),
  since: wallTime.meta({ description: 'When it began, or was first seen by this server.' }),
  ageMs: z.number().int().min(0).meta({ description: 'Since then, on the monotonic clock.' }),
  nodes: z.array(z.string()).meta({ description: 'The nodes it holds on; empty where it is about none.' }),
  backend: z.string().optional(),
  message: z.string(),
  command: z.string().meta({ description: 'The command that mends it, or shows what to mend.' }),
});
export type Alarm = z.infer<typeof alarm>;

export const alarmList = z.object({ items: z.array(alarm) });
