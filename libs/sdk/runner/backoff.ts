/** ms before reconnect number `attempt` (from 0): 1 s, doubled each time up to 30 s, spread by half either way. `random` in [0, 1). */
export function reconnectDelay(attempt: number, random: number): number {
  return Math.min(30_000, 1000 * 2 ** Math.min(attempt, 10)) * (0.5 + random);
}
