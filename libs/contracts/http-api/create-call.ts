import { z } from 'zod';

/** `+` and 7 to 15 digits, the first not 0. */
export const E164 = /^\+[1-9]\d{6,14}$/;

const number = (name: string): z.ZodType<string> =>
  z.string().regex(E164, `${name} must be an E.164 number: a plus sign and 7 to 15 digits, for example +14155550123`);

/** Body of `POST .../calls`. `agent_id` wins over the pipe's agent; one of `agent_id` and `pipe_id` is needed. */
export const createCallSchema = z.object({
  to_number: number('to_number'),
  from_number: number('from_number').nullish(),
  agent_id: z.string().min(1).max(200).nullish(),
  pipe_id: z.string().min(1).max(200).nullish(),
  instructions: z.string().max(20_000).nullish(),
  data: z.record(z.string(), z.unknown()).nullish(),
});
export type CreateCall = z.infer<typeof createCallSchema>;
