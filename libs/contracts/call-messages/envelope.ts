import { z } from 'zod';

/**
 * What every stored message looks like. `id` is also the `Nats-Msg-Id`, so a repeat inside the stream's window is dropped.
 * Publishers parse strictly; consumers ignore fields they do not know.
 */
export const envelopeSchema = z.object({
  id: z.string().min(1),
  type: z.string().min(1),
  version: z.literal(1),
  callId: z.string().min(1),
  /** ISO 8601 with milliseconds, at the process that saw it. */
  occurredAt: z.string(),
  /** Id of the message or request that led to this one. */
  causedBy: z.string().optional(),
  data: z.unknown(),
});
export type Envelope<T = unknown> = Omit<z.infer<typeof envelopeSchema>, 'data'> & { data: T };
