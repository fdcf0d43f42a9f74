import { describe, expect, it } from 'vitest';
import { judge, median, quantile, ratioOfPairs, spreadOf } from './figures.ts';
import { addEvenness, judgeArrivals, type Arrival } from './judge-arrivals.ts';
import { decodeMuLaw, encodeMuLaw, onsetMs, toneSamples } from './tone.ts';

describe('figures', () => {
  it('takes quantiles by the nearest rank, whatever the order', () => {
    const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);
    expect([quantile(hundred, 0.5), quantile(hundred, 0.95), quantile(hundred, 0.99)]).toEqual([50, 95, 99]);
    expect(quantile([7], 0.99)).toBe(7);
    expect(quantile([], 0.5)).toBeNaN();
    expect(spreadOf([3, 1, 2])).toEqual({ p50: 2, p95: 3, count: 3 });
  });

  it('takes the median of odd and even samples', () => {
    expect([median([9, 1, 5]), median([4, 1, 2, 3]), median([])]).toEqual([5, 2.5, Number.NaN]);
  });

  it('divides pair by pair and never mixes pairs', () => {
    expect(ratioOfPairs([10, 30, 50], [20, 30, 25])).toEqual({ median: 1, least: 0.5, most: 2, pairs: 3 });
    expect(() => ratioOfPairs([1], [1, 2])).toThrow(RangeError);
  });

  it('says nothing about a target when the run was disturbed', () => {
    expect([judge(true, []), judge(false, []), judge(true, ['load']), judge(undefined, ['load'])]).toEqual([
      'pass',
      'MISS',
      'void',
      'info',
    ]);
  });
});

describe('the evenness of a stream', () => {
  const stream = (count: number, delayOf: (n: number) => number = () => 0): Arrival[] =>
    Array.from({ length: count }, (_, n) => ({
      at: 1000 + n * 20 + delayOf(n),
      sequence: (65_530 + n) & 0xffff,
      timestamp: (0xffff_ff00 + n * 160) >>> 0,
    }));

  it('finds nothing wrong with an even one, over the wrap of its numbers', () => {
    expect(judgeArrivals(stream(100, (n) => (n % 3) * 3))).toEqual({
      frames: 100,
      late: 0,
      lost: 0,
      gaps: 0,
      worstLateMs: 6,
    });
  });

  it('counts late frames', () => {
    expect(judgeArrivals(stream(100, (n) => (n === 40 || n === 41 ? 15 : 0)))).toMatchObject({
      late: 2,
      worstLateMs: 15,
    });
  });

  it('follows a grid that moved for good', () => {
    const moved = judgeArrivals(stream(300, (n) => (n >= 100 ? 12 : 0)));
    expect(moved.late).toBeGreaterThan(0);
    expect(moved.late).toBeLessThan(51);
  });

  it('counts lost packets and gaps, and adds streams up', () => {
    const holed = judgeArrivals(stream(100).filter((_, n) => n < 50 || n > 53));
    expect(holed).toMatchObject({ frames: 96, lost: 4, gaps: 1, late: 0 });
    expect(addEvenness([holed, holed])).toMatchObject({ frames: 192, lost: 8, gaps: 2 });
  });
});

describe('the tone', () => {
  it('survives mu-law', () => {
    const tone = toneSamples(160, 0);
    const back = decodeMuLaw(encodeMuLaw(tone));
    tone.forEach((sample, n) =>
      expect(Math.abs((back[n] ?? 0) - sample)).toBeLessThanOrEqual(8 + Math.abs(sample) / 16),
    );
    expect([...decodeMuLaw(encodeMuLaw(new Int16Array(3)))]).toEqual([0, 0, 0]);
  });

  it('is found where it begins', () => {
    const frame = new Int16Array(160);
    expect(onsetMs(frame)).toBeUndefined();
    frame.set(toneSamples(80, 0), 80);
    expect(onsetMs(frame)).toBeCloseTo(10.1, 0);
  });
});
