import { sharedConfig } from '@callplane/config';
import { z } from 'zod';

export const notifierConfig = sharedConfig.extend({
  WEBHOOK_TIMEOUT_MS: z.coerce.number().int().positive().default(15_000).describe('ms an endpoint has to answer.'),
  WEBHOOK_POLL_MS: z.coerce
    .number()
    .int()
    .positive()
    .default(500)
    .describe('ms between looks for due deliveries when no hint comes.'),
  WEBHOOK_PER_ENDPOINT: z.coerce
    .number()
    .int()
    .positive()
    .default(8)
    .describe('Most deliveries to one endpoint at the same time, per process.'),
  CALLPLANE_DEV_LOOPBACK_WEBHOOKS: z
    .enum(['0', '1'])
    .default('0')
    .describe('1 lets webhooks go to loopback addresses over http. For one machine only; never set it in production.'),
});
export type NotifierConfig = z.infer<typeof notifierConfig>;
