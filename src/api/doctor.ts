import { z } from 'zod';
import { wallTime } from './wire.ts';

/** One thing that `hafleet doctor` looked at. `unknown`: it could not be looked at. */
export const doctorFinding = z.object({
  id: z.string().max(100).meta({ description: 'Stable: `redispatch`, `socket-open`.' }),
  severity: z.enum(['ok', 'info', 'warning', 'critical', 'unknown']),
  subject: z
    .string()
    .max(100)
    .meta({ description: 'The instance; empty where it is about machine, agent or fleet.' }),
  evidence: z
    .array(z.string().max(2000))
    .max(50)
    .meta({ description: 'What was read, with `file:line` where it is configuration.' }),
  verdict: z.string().max(2000),
  fix: z.array(z.string().max(2000)).max(50).meta({ description: 'Lines or commands that mend it.' }),
});
export type DoctorFinding = z.infer<typeof doctorFinding>;

/** Most findings one node may send: a hundred instances with everything wrong. */
export const MAX_FINDINGS = 5_000;

export const doctorAnswer = z.object({
  apiVersion: z.string(),
  kind: z.literal('Doctor'),
  generatedAt: wallTime,
  nodes: z.array(z.string()).meta({ description: 'All that were asked, answering or not.' }),
  items: z.array(
    doctorFinding.extend({ node: z.string().meta({ description: 'Empty: about the fleet as a whole.' }) }),
  ),
});
export type DoctorAnswer = z.infer<typeof doctorAnswer>;
