import { parseNumber } from '@callplane/domain';
import { z } from 'zod';

/** A phone number as people write it, read into E.164; the problem is one sentence that says what to do. */
const phoneNumber = (): z.ZodType<string, string> =>
  z
    .string({ error: 'A phone number in E.164 form is needed, like +14155550100.' })
    .max(100)
    .transform((value, context) => {
      const parsed = parseNumber(value);
      if (parsed.ok) return parsed.e164;
      context.addIssue({ code: 'custom', message: parsed.message });
      return z.NEVER;
    });

/** Body of `POST .../calls`. `agent_id` wins over the pipe's agent; one of `agent_id` and `pipe_id` is needed. */
export const createCallSchema = z
  .object({
    to_number: phoneNumber().meta({ description: 'Whom to call, E.164.', examples: ['+15550100001'] }),
    from_number: phoneNumber()
      .nullish()
      .meta({ description: 'A number of the account; default: the one attached to the pipe or agent.' }),
    agent_id: z.string().min(1).max(200).nullish().meta({ description: 'The agent that talks.' }),
    pipe_id: z
      .string()
      .min(1)
      .max(200)
      .nullish()
      .meta({ description: 'Voice and call settings; default: the default pipe of the agent.' }),
    instructions: z.string().max(20_000).nullish().meta({ description: 'Handed to the agent with the call.' }),
    data: z.record(z.string(), z.unknown()).nullish().meta({ description: 'Handed to the agent with the call.' }),
  })
  .refine((call) => (call.agent_id ?? call.pipe_id ?? null) !== null, {
    path: ['agent_id'],
    error: 'Say who talks on the call: give agent_id, pipe_id or both.',
  });
export type CreateCall = z.infer<typeof createCallSchema>;
