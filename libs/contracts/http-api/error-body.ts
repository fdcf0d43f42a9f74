import { z } from 'zod';

/** Every error answer: what went wrong, a stable `code` for machines, and a sentence that says what to do. */
export const errorBodySchema = z
  .object({
    status_code: z.int(),
    code: z.string(),
    message: z.string(),
    errors: z
      .array(z.object({ field: z.string(), problem: z.string() }))
      .optional()
      .meta({ description: 'Which fields, when the body, the query or the path did not fit.' }),
    trace_id: z.string().optional(),
  })
  .meta({ id: 'Error' });
/** See errorBodySchema. */
export type ErrorBody = z.infer<typeof errorBodySchema>;
