import { ATTEMPT_ROWS } from './catalogue-attempt.ts';
import { CONVERSATION_ROWS } from './catalogue-conversation.ts';
import { PLATFORM_ROWS } from './catalogue-platform.ts';
import type { EndReasonRow } from './catalogue-row.ts';
import type { EndReason } from './end-reasons.ts';

/** The catalogue: what each end reason means, whose fault it is, and whether to try again. */
export const END_REASON_CATALOGUE: Readonly<Record<EndReason, EndReasonRow>> = {
  ...CONVERSATION_ROWS,
  ...ATTEMPT_ROWS,
  ...PLATFORM_ROWS,
};
