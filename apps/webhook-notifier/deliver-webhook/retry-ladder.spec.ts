import { describe, expect, it } from 'vitest';
import { followUp, RETRY_LADDER_MS } from './retry-ladder.ts';

const none = { retryAfter: null };

describe('followUp', () => {
  it('takes any 2xx as delivered', () => {
    expect(followUp({ status: 204, ...none }, 1, 0.5, 0)).toEqual({ next: { state: 'delivered' } });
  });

  it('gives up and disables the endpoint on 410', () => {
    expect(followUp({ status: 410, ...none }, 1, 0.5, 0)).toMatchObject({
      next: { state: 'dead' },
      disable: expect.any(String),
    });
  });

  it.each([301, 400, 404, 500, null])('climbs the ladder on %s, spread around the step', (status) => {
    expect(followUp({ status, ...none }, 1, 0.5, 0)).toEqual({ next: { state: 'pending', inMs: 5000 } });
    expect(followUp({ status, ...none }, 2, 0, 0)).toEqual({ next: { state: 'pending', inMs: 270_000 } });
    expect(followUp({ status, ...none }, 2, 1, 0)).toEqual({ next: { state: 'pending', inMs: 330_000 } });
  });

  it('reaches three days and then is dead', () => {
    expect(RETRY_LADDER_MS.reduce((sum, step) => sum + step, 0)).toBeGreaterThan(71 * 3_600_000);
    expect(followUp({ status: 500, ...none }, RETRY_LADDER_MS.length + 1, 0, 0)).toEqual({ next: { state: 'dead' } });
  });

  it('waits as long as Retry-After says, in seconds or as a date, within a day', () => {
    expect(followUp({ status: 429, retryAfter: '60' }, 1, 0.5, 0).next).toEqual({ state: 'pending', inMs: 60_000 });
    const date = new Date(90_000).toUTCString();
    expect(followUp({ status: 503, retryAfter: date }, 1, 0.5, 30_000).next).toEqual({
      state: 'pending',
      inMs: 60_000,
    });
    expect(followUp({ status: 429, retryAfter: '999999999' }, 1, 0.5, 0).next).toEqual({
      state: 'pending',
      inMs: 86_400_000,
    });
    expect(followUp({ status: 429, retryAfter: 'soon' }, 1, 0.5, 0).next).toEqual({ state: 'pending', inMs: 5000 });
  });
});
