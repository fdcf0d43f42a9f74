import type { AttemptResult } from '@callplane/persistence';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Waits before the second try, the third, and so on; three days in all. */
export const RETRY_LADDER_MS = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  10 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** A wait asked for by the endpoint is kept within this. */
const LONGEST_RETRY_AFTER_MS = 24 * HOUR;

export interface Answer {
  /** HTTP status, null without an answer. */
  status: number | null;
  /** Raw Retry-After header: seconds or an HTTP date. */
  retryAfter: string | null;
}

/**
 * What follows from a try. 2xx is delivered; 410 ends this delivery and disables the endpoint; everything else climbs the ladder,
 * spread by up to a fifth (`random` in 0..1), or waits as long as Retry-After says. `attempt` counts from 1.
 */
export function followUp(
  answer: Answer,
  attempt: number,
  random: number,
  nowMs: number,
): { next: AttemptResult['next']; disable?: string } {
  const { status } = answer;
  if (status !== null && status >= 200 && status < 300) return { next: { state: 'delivered' } };
  if (status === 410) return { next: { state: 'dead' }, disable: 'the endpoint answered 410 Gone' };
  const step = RETRY_LADDER_MS[attempt - 1];
  if (step === undefined) return { next: { state: 'dead' } };
  const spread = Math.round(step * (0.9 + 0.2 * random));
  const asked = status === 429 || status === 503 ? retryAfterMs(answer.retryAfter, nowMs) : 0;
  return { next: { state: 'pending', inMs: Math.max(spread, asked) } };
}

function retryAfterMs(header: string | null, nowMs: number): number {
  if (header === null) return 0;
  const seconds = Number(header);
  const wait = Number.isFinite(seconds) ? seconds * SECOND : Date.parse(header) - nowMs;
  return Number.isFinite(wait) ? Math.min(Math.max(0, wait), LONGEST_RETRY_AFTER_MS) : 0;
}
