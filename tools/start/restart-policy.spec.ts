import { describe, expect, it } from 'vitest';
import { decideRestart } from './restart-policy.ts';

describe('decideRestart', () => {
  it('doubles the pause with every death in a row', () => {
    const life = { wasReady: false, lastedMs: 500 };
    const delays = [0, 1, 2, 3].map((failures) => decideRestart(failures, life).delayMs);
    expect(delays).toEqual([100, 200, 400, 800]);
  });

  it('never waits long for what was ready, and at most ten seconds for what was not', () => {
    expect(decideRestart(20, { wasReady: true, lastedMs: 500 }).delayMs).toBe(1000);
    expect(decideRestart(20, { wasReady: false, lastedMs: 500 }).delayMs).toBe(10_000);
  });

  it('forgets earlier deaths after thirty healthy seconds', () => {
    expect(decideRestart(9, { wasReady: true, lastedMs: 30_000 })).toEqual({ failures: 1, delayMs: 100 });
    expect(decideRestart(9, { wasReady: true, lastedMs: 29_999 }).failures).toBe(10);
  });
});
