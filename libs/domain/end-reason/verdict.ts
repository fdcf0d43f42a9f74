import type { EndReason, EndedBy } from './end-reasons.ts';

/** What one cause, taken alone, says about the end of a call. */
export interface Verdict {
  readonly reason: EndReason;
  readonly endedBy: EndedBy;
  /** Name of the rule that spoke. */
  readonly rule: string;
  /** Present when no rule knew the case. */
  readonly unclassified?: true;
}

/** A verdict no rule stands behind: to be logged loudly. */
export function unclassified(reason: EndReason, endedBy: EndedBy, rule: string): Verdict {
  return { reason, endedBy, rule, unclassified: true };
}
