import type { Cause } from './cause.ts';
import type { EndReason, EndedBy, Fault, Phase, Retry } from './end-reasons.ts';
import type { Thresholds } from './thresholds.ts';

/** What classify needs to know about the call beside the causes. Times are epoch milliseconds. */
export interface CallEvidence {
  readonly direction: 'outbound' | 'inbound';
  readonly everActive: boolean;
  readonly dialedAt?: number;
  readonly ringingAt?: number;
  readonly answeredAt?: number;
  readonly forwarded?: boolean;
  readonly callerTurns: number;
}

/** Input of classify. `causes` in any order, duplicates allowed, at least one. */
export interface EndEvidence {
  readonly causes: readonly Cause[];
  readonly call: CallEvidence;
  readonly thresholds?: Thresholds;
}

/** A cause that did not decide, and why: it ranked lower, came after the window, or followed from the decision. */
export interface LosingCause {
  readonly cause: Cause;
  readonly lost: 'rank' | 'too_late' | 'consequence';
}

/** How a call ended, everything that is stored with it. Plain JSON. */
export interface Classification {
  readonly reason: EndReason;
  readonly status: 'completed' | 'failed';
  readonly endedBy: EndedBy;
  readonly phase: Phase;
  readonly fault: Fault;
  readonly retry: Retry;
  /** Name of the rule that decided, for logs and support. */
  readonly rule: string;
  /** Present when no rule knew this ending: log it loudly, with everything known. */
  readonly unclassified?: true;
  readonly sipCode?: number;
  readonly sipReason?: string;
  readonly q850?: number;
  /** Free text of whoever reported it; never part of the reason. */
  readonly detail?: string;
  /** The deciding cause as it was reported. */
  readonly cause: Cause;
  readonly evidence: readonly LosingCause[];
}
