import { describe, expect, it, vi } from 'vitest';
import { RecentLookups } from './recent-lookups.ts';

const found = (value: string) => vi.fn(() => Promise.resolve<string | undefined>(value));

describe('RecentLookups', () => {
  it('asks once for a key, also when many ask at the same time', async () => {
    const recent = new RecentLookups<string>(1000, 10);
    const look = found('x');
    expect(await Promise.all([recent.find('k', look), recent.find('k', look)])).toEqual(['x', 'x']);
    await recent.find('k', look);
    expect(look).toHaveBeenCalledTimes(1);
  });

  it('asks again when the time is over', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const recent = new RecentLookups<string>(1000, 10);
      const look = found('x');
      await recent.find('k', look);
      vi.advanceTimersByTime(999);
      await recent.find('k', look);
      expect(look).toHaveBeenCalledTimes(1);
      vi.advanceTimersByTime(2);
      await recent.find('k', look);
      expect(look).toHaveBeenCalledTimes(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it('remembers neither what is missing nor what failed', async () => {
    const recent = new RecentLookups<string>(1000, 10);
    expect(await recent.find('k', () => Promise.resolve(undefined))).toBeUndefined();
    await expect(recent.find('k', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(recent.size).toBe(0);
    expect(await recent.find('k', found('x'))).toBe('x');
  });

  it('stays within its bound and forgets by prefix', async () => {
    const recent = new RecentLookups<string>(1000, 3);
    for (const key of ['a 1', 'a 2', 'b 1', 'b 2']) await recent.find(key, found(key));
    expect(recent.size).toBe(3);
    recent.forget('b ');
    expect(recent.size).toBe(1);
  });
});
