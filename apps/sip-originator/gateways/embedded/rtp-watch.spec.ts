import { describe, expect, it } from 'vitest';
import { RtpWatch } from './rtp-watch.ts';

const watch = (): RtpWatch => new RtpWatch({ missingMs: 10_000, lostMs: 15_000 });

describe('RtpWatch', () => {
  it('is quiet before the answer', () => {
    expect(watch().check(60_000, undefined, true)).toBeUndefined();
  });

  it('reports RTP that never came, once', () => {
    const w = watch();
    w.answered(1000);
    w.answered(9000);
    expect(w.check(10_999, undefined, true)).toBeUndefined();
    expect(w.check(11_000, undefined, true)).toEqual({ kind: 'missing', forMs: 10_000 });
    expect(w.check(12_000, undefined, true)).toBeUndefined();
  });

  it('reports RTP that stopped, and again when it came back and stopped again', () => {
    const w = watch();
    w.answered(0);
    expect(w.check(16_000, 1500, true)).toBeUndefined();
    expect(w.check(16_500, 1500, true)).toEqual({ kind: 'lost', forMs: 15_000 });
    expect(w.check(17_000, 1500, true)).toBeUndefined();
    expect(w.check(18_000, 17_990, true)).toBeUndefined();
    expect(w.check(33_000, 17_990, true)).toMatchObject({ kind: 'lost' });
  });

  it('does not count a hold', () => {
    const w = watch();
    w.answered(0);
    expect(w.check(30_000, 1000, false)).toBeUndefined();
    expect(w.check(44_000, 1000, true)).toBeUndefined();
    expect(w.check(45_000, 1000, true)).toMatchObject({ kind: 'lost' });
  });
});
