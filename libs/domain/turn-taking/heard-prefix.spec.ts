import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heardPrefix, type SpokenSegment } from './heard-prefix.ts';
import { parseSay } from './parse-say.ts';

const SEGMENTS: SpokenSegment[] = [
  { text: 'w0 w1', durationMs: 1_000 },
  { text: 'w2 w3 w4.', durationMs: 1_000, wordEndsMs: [200, 300, 1_000] },
];

describe('heardPrefix', () => {
  it.each([
    [0, ''],
    [499, ''],
    [500, 'w0'],
    [999, 'w0'],
    [1_000, 'w0 w1'],
    [1_199, 'w0 w1'],
    [1_200, 'w0 w1 w2'],
    [1_300, 'w0 w1 w2 w3'],
    [1_999, 'w0 w1 w2 w3'],
    [2_000, 'w0 w1 w2 w3 w4.'],
    [9_999, 'w0 w1 w2 w3 w4.'],
  ])('after %i ms is "%s"', (playedMs, text) => {
    expect(heardPrefix(SEGMENTS, playedMs)).toBe(text);
  });

  it('estimates where the engine gave another number of words', () => {
    expect(heardPrefix([{ text: 'aa bb', durationMs: 100, wordEndsMs: [10] }], 50)).toBe('aa');
  });

  it('gives a rest to punctuation', () => {
    expect(heardPrefix([{ text: 'aa, bb', durationMs: 100 }], 60)).toBe('');
    expect(heardPrefix([{ text: 'aa, bb', durationMs: 100 }], 70)).toBe('aa,');
  });

  it('of nothing is nothing', () => {
    expect(heardPrefix([], 1_000)).toBe('');
    expect(
      heardPrefix(
        [
          { text: ' ', durationMs: 100 },
          { text: 'a', durationMs: 10 },
        ],
        110,
      ),
    ).toBe('a');
    expect(heardPrefix([{ text: ' ', durationMs: 100 }], 50)).toBe('');
  });

  it('only grows, and is a prefix of the whole', () => {
    const segments = fc.array(
      fc.record({
        text: fc
          .array(fc.constantFrom('one', 'two,', 'three.'), { minLength: 1, maxLength: 6 })
          .map((w) => w.join(' ')),
        durationMs: fc.integer({ min: 1, max: 3_000 }),
      }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(segments, fc.nat(9_000), fc.nat(9_000), (spoken, one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)].map((ms) => heardPrefix(spoken, ms));
        const whole = spoken.map((segment) => segment.text).join(' ');
        expect(more!.startsWith(less!)).toBe(true);
        expect(whole.startsWith(more!)).toBe(true);
      }),
    );
  });
});

describe('parseSay', () => {
  it.each([
    ['Hello there', { kind: 'speech', text: 'Hello there' }],
    ['__filler:One moment', { kind: 'filler', text: 'One moment' }],
    [' __filler: hm ', { kind: 'filler', text: 'hm' }],
    ['__recording_pause:card number', { kind: 'recording-pause', reason: 'card number' }],
    ['__recording_pause', { kind: 'recording-pause', reason: '' }],
    ['__recording_resume', { kind: 'recording-resume' }],
    ['__recording_resume:', { kind: 'recording-resume' }],
    ['__recording_pauses are fine', { kind: 'speech', text: '__recording_pauses are fine' }],
  ])('reads %j', (text, say) => {
    expect(parseSay(text)).toEqual(say);
  });
});
