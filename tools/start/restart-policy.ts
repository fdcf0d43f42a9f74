/** After so long in good health, earlier deaths are forgotten. */
const FORGET_AFTER_MS = 30_000;
/** What was ready before it died is back within two seconds, its own start included. */
const MAX_DELAY_ONCE_READY_MS = 1000;
/** What never becomes ready is not going to by trying harder. */
const MAX_DELAY_MS = 10_000;
const FIRST_DELAY_MS = 100;

/** How one life of a process went. */
export interface Life {
  wasReady: boolean;
  lastedMs: number;
}

/** Deaths in a row and the pause before the next start. */
export interface RestartDecision {
  failures: number;
  delayMs: number;
}

/** Doubles from 100 ms with every death in a row. */
export function decideRestart(failuresBefore: number, life: Life): RestartDecision {
  const failures = life.wasReady && life.lastedMs >= FORGET_AFTER_MS ? 1 : failuresBefore + 1;
  const cap = life.wasReady ? MAX_DELAY_ONCE_READY_MS : MAX_DELAY_MS;
  return { failures, delayMs: Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), cap) };
}
