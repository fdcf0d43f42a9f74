import { sharedConfig } from '@callplane/config';
import { z } from 'zod';

export const dispatcherConfig = sharedConfig.extend({
  DISPATCH_POLL_MS: z.coerce
    .number()
    .int()
    .min(10)
    .default(250)
    .describe('ms between looks at the queue when no hint comes.'),
  DISPATCH_LEASE_MS: z.coerce
    .number()
    .int()
    .min(1000)
    .default(15_000)
    .describe('ms a claim holds without a renewal; renewed at a third of it.'),
  DISPATCH_SWEEP_MS: z.coerce
    .number()
    .int()
    .min(100)
    .default(1000)
    .describe('ms between sweeps for passed deadlines, lost owners and unfinished teardowns.'),
  DISPATCH_BATCH: z.coerce
    .number()
    .int()
    .positive()
    .default(25)
    .describe('Most calls claimed for one account at a time.'),
});
export type DispatcherConfig = z.infer<typeof dispatcherConfig>;
