import { z } from 'zod';

/** Where a desired state stands: a lower revision, another fleet or an unknown epoch is refused by the agent. */
export const fleetPosition = z.object({
  fleetId: z.string().max(100),
  epoch: z.number().int().min(1),
  revision: z.number().int().min(0),
  digest: z.string().max(100),
  fence: z
    .number()
    .int()
    .min(0)
    .optional()
    .meta({ description: 'Token of the leader that sent it; a lower one is of a leader that was cut off.' }),
});
export type FleetPosition = z.infer<typeof fleetPosition>;
