/** How long a call without a free runner waits before it is claimed again, ms. */
export const CLAIM_RETRY_MS = 2_000;

/** What decides when a claim is tried again. Times are epoch milliseconds. */
export interface ReleasedClaim {
  readonly now: number;
  /** Since when the call waits for a runner. */
  readonly agentWaitSince: number;
  readonly agentWaitMs: number;
  readonly retryMs?: number;
}

/** Try again at `runAt`, or stop waiting: no runner came in time. */
export type ClaimRetry = { readonly retry: true; readonly runAt: number } | { readonly retry: false };

/** When to claim a call again after no runner took it. The last try falls on the end of the wait, never behind it. */
export function planRetryOfClaim(claim: ReleasedClaim): ClaimRetry {
  const giveUpAt = claim.agentWaitSince + claim.agentWaitMs;
  if (claim.now >= giveUpAt) return { retry: false };
  return { retry: true, runAt: Math.min(claim.now + (claim.retryMs ?? CLAIM_RETRY_MS), giveUpAt) };
}
