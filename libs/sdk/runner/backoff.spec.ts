import { expect, it } from 'vitest';
import { reconnectDelay } from './backoff.ts';

it('doubles from one second to thirty, spread by half either way', () => {
  expect([0, 1, 2, 3, 4, 5, 50].map((attempt) => reconnectDelay(attempt, 0.5))).toEqual([
    1000, 2000, 4000, 8000, 16_000, 30_000, 30_000,
  ]);
  expect(reconnectDelay(0, 0)).toBe(500);
  expect(reconnectDelay(9, 0.999)).toBeLessThan(45_000);
});
