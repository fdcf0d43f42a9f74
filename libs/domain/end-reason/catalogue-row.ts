import type { Fault, Final, Retry } from './end-reasons.ts';

/** What is true of an end reason whenever it is used. */
export interface EndReasonRow {
  /** Row number of the public list; stable. */
  readonly number: number;
  readonly final: Final;
  readonly fault: Fault;
  readonly retry: Retry;
  /** Advice instead of `retry` where the call had been active. */
  readonly retryIfActive?: Retry;
  /** True where the number should not be called again by anyone of the account. */
  readonly suppress?: boolean;
  /** True for the names of the lifecycle page, kept exactly. */
  readonly page: boolean;
  /** False while nothing in the platform can produce it yet. */
  readonly canHappenNow: boolean;
  /** What is seen on the wire: SIP status or request, Q.850 causes in brackets. */
  readonly wire: string;
  /** One plain sentence for users. */
  readonly sentence: string;
}
