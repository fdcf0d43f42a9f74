import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Ticker } from './ticker.ts';

let ticks = 0;
const ticker = new Ticker(20, () => (ticks += 1));

beforeEach(() => {
  ticks = 0;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  ticker.stop();
  vi.useRealTimers();
});

describe('Ticker', () => {
  it('keeps the pace of its origin', () => {
    ticker.start();
    ticker.start();
    vi.advanceTimersByTime(1000);
    expect(ticks).toBe(50);
  });

  it('stops', () => {
    ticker.start();
    vi.advanceTimersByTime(100);
    ticker.stop();
    vi.advanceTimersByTime(100);
    expect(ticks).toBe(5);
  });

  it('catches up after a short stall and lets a long one go', () => {
    ticker.start();
    vi.setSystemTime(Date.now());
    const now = vi.spyOn(performance, 'now');
    const at = performance.now();
    now.mockReturnValue(at + 60);
    vi.advanceTimersToNextTimer();
    expect(ticks).toBe(3);
    now.mockReturnValue(at + 60 + 5000);
    vi.advanceTimersToNextTimer();
    expect(ticks).toBe(4);
    now.mockRestore();
  });
});
