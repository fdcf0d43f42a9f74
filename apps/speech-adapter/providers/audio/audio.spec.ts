import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MirrorUpsampler, WidebandPassThrough } from './mirror-upsampler.ts';
import { decodeMuLaw, encodeMuLaw } from './mu-law.ts';
import { Resampler } from './resampler.ts';

const tone = (hz: number, rate: number, samples: number, amplitude = 8000) =>
  Int16Array.from({ length: samples }, (_, i) => Math.round(amplitude * Math.sin((2 * Math.PI * hz * i) / rate)));

/** Amplitude of one frequency, by correlation, the edges left out. */
function amplitudeOf(pcm: Int16Array | Float32Array, hz: number, rate: number): number {
  const from = Math.floor(pcm.length / 4);
  const count = Math.floor(pcm.length / 2);
  let re = 0;
  let im = 0;
  for (let i = from; i < from + count; i++) {
    re += pcm[i]! * Math.cos((2 * Math.PI * hz * i) / rate);
    im += pcm[i]! * Math.sin((2 * Math.PI * hz * i) / rate);
  }
  return (2 * Math.hypot(re, im)) / count;
}

function concat(parts: Int16Array[]): Int16Array {
  return Int16Array.from(parts.flatMap((part) => [...part]));
}

function inPieces(pcm: Int16Array, sizes: number[]): Int16Array[] {
  const pieces: Int16Array[] = [];
  for (let at = 0, i = 0; at < pcm.length; i++) {
    const size = sizes[i % sizes.length]!;
    pieces.push(pcm.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

describe('mu-law', () => {
  it('agrees with the table of G.711', () => {
    expect([...decodeMuLaw(Uint8Array.of(0xff, 0x7f, 0x80, 0x00, 0xfe, 0x8f, 0xf0))]).toEqual([
      0, 0, 32124, -32124, 8, 16764, 120,
    ]);
    expect([...encodeMuLaw(Int16Array.of(0, 32767, -32768, 8, 1000))]).toEqual([0xff, 0x80, 0x00, 0xfe, 0xce]);
  });

  it('brings every code back', () => {
    // 0x7f is the second zero: it comes back as the first.
    const codes = Uint8Array.from({ length: 256 }, (_, code) => code).filter((code) => code !== 0x7f);
    expect(encodeMuLaw(decodeMuLaw(codes))).toEqual(codes);
  });

  it('errs by a sixteenth at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: -32000, max: 32000 }), (sample) => {
        const back = decodeMuLaw(encodeMuLaw(Int16Array.of(sample)))[0]!;
        expect(Math.abs(back - sample)).toBeLessThanOrEqual(8 + Math.abs(sample) / 16);
      }),
    );
  });
});

describe('the mirror upsampler', () => {
  it('doubles the rate and lets 30 % of the mirrored spectrum through', () => {
    const { plain, mirrored } = new MirrorUpsampler(0).push(tone(1000, 8000, 4000));
    expect(plain).toHaveLength(8000);
    expect(amplitudeOf(plain, 1000, 16000) * 32768).toBeCloseTo(8000, -2);
    expect(amplitudeOf(plain, 7000, 16000) * 32768).toBeLessThan(80);
    expect(amplitudeOf(mirrored, 1000, 16000)).toBeCloseTo(8000, -2);
    expect(amplitudeOf(mirrored, 7000, 16000)).toBeCloseTo(2400, -2);
  });

  it('does not hear where one chunk ends and the next begins', () => {
    const pcm = tone(700, 8000, 1600);
    const whole = new MirrorUpsampler().push(pcm).mirrored;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 6 }), (sizes) => {
        const upsampler = new MirrorUpsampler();
        expect(concat(inPieces(pcm, sizes).map((piece) => upsampler.push(piece).mirrored))).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });

  it('never gives digital silence, nor more noise than told', () => {
    for (const frontEnd of [new MirrorUpsampler(4), new WidebandPassThrough(4)]) {
      const { mirrored, plain } = frontEnd.push(new Int16Array(800));
      expect(plain.every((sample) => sample === 0)).toBe(true);
      expect(Math.max(...mirrored)).toBeGreaterThan(1);
      expect(Math.max(...mirrored.map(Math.abs))).toBeLessThanOrEqual(4);
    }
  });

  it('clips instead of wrapping round', () => {
    const { mirrored } = new MirrorUpsampler().push(Int16Array.from({ length: 100 }, () => 32767));
    expect(Math.min(...mirrored.slice(120))).toBeGreaterThan(0);
  });
});

describe('the resampler', () => {
  const pairs = [
    [22050, 8000],
    [22050, 16000],
    [22050, 24000],
    [16000, 8000],
    [16000, 24000],
    [8000, 16000],
  ] as const;

  it.each(pairs)('keeps level and pitch from %d to %d Hz, and time', (from, to) => {
    const resampler = new Resampler(from, to);
    const out = concat([resampler.push(tone(1000, from, from)), resampler.flush()]);
    expect(out).toHaveLength(to);
    expect(amplitudeOf(out, 1000, to)).toBeCloseTo(8000, -2);
    const noise = out.map((sample, i) => sample - Math.round(8000 * Math.sin((2 * Math.PI * 1000 * i) / to)));
    expect(Math.max(...noise.slice(200, -200).map(Math.abs))).toBeLessThan(40);
  });

  it('lets nothing through that would fold back', () => {
    const out = new Resampler(22050, 8000).push(tone(6000, 22050, 22050));
    expect(amplitudeOf(out, 2000, 8000)).toBeLessThan(20);
  });

  it('does not hear where one chunk ends and the next begins', () => {
    const pcm = tone(440, 22050, 4000);
    const one = new Resampler(22050, 16000);
    const whole = concat([one.push(pcm), one.flush()]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 6 }), (sizes) => {
        const resampler = new Resampler(22050, 16000);
        const parts = inPieces(pcm, sizes).map((piece) => resampler.push(piece));
        expect(concat([...parts, resampler.flush()])).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });

  it('passes equal rates through', () => {
    const resampler = new Resampler(16000, 16000);
    expect([...resampler.push(Int16Array.of(1, 2, 3)), ...resampler.flush()]).toEqual([1, 2, 3]);
  });
});
