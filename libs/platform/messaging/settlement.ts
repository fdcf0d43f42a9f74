/**
 * What a handler may say of a message. `done` covers already done and late; `retry` means a dependency is down; `dead` means
 * malformed, unknown or illegal, which no repeat can mend; `hand-back` means this process is shutting down.
 */
export type HandlerOutcome =
  { outcome: 'done' } | { outcome: 'retry' } | { outcome: 'dead'; why: string } | { outcome: 'hand-back' };

export type Settlement =
  { action: 'ack' } | { action: 'nak'; delayMs: number } | { action: 'dead-letter'; why: string };

const RETRY_DELAYS_MS = [100, 500, 2000, 5000, 15_000];
const MAX_DELIVERIES = 40;

/** The only place that decides how a message is settled. `deliveries` counts from 1. */
export function settlementOf(said: HandlerOutcome, deliveries: number): Settlement {
  switch (said.outcome) {
    case 'done':
      return { action: 'ack' };
    case 'dead':
      return { action: 'dead-letter', why: said.why };
    case 'hand-back':
      return { action: 'nak', delayMs: 0 };
    case 'retry': {
      if (deliveries >= MAX_DELIVERIES) return { action: 'dead-letter', why: `gave up after ${deliveries} deliveries` };
      const delayMs = RETRY_DELAYS_MS[Math.min(deliveries - 1, RETRY_DELAYS_MS.length - 1)] ?? 0;
      return { action: 'nak', delayMs };
    }
  }
}
