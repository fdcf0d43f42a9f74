import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CLAUSE_LIMITS } from './find-boundary.ts';
import { EMPTY_CLAUSES, flushText, pushText } from './split-clauses.ts';

function split(deltas: readonly string[], limits = DEFAULT_CLAUSE_LIMITS): string[] {
  let buffer = EMPTY_CLAUSES;
  const clauses: string[] = [];
  for (const delta of deltas) {
    const next = pushText(buffer, delta, limits);
    buffer = next.buffer;
    clauses.push(...next.clauses);
  }
  return [...clauses, ...flushText(buffer).clauses];
}

describe('clauses', () => {
  it.each<[string, string[]]>([
    ['Hello. How are you? Fine!', ['Hello.', 'How are you?', 'Fine!']],
    ['Well, of course, I can help you with that.', ['Well, of course,', 'I can help you with that.']],
    ['Dr. Smith paid 3.14 dollars. Then he left.', ['Dr. Smith paid 3.14 dollars.', 'Then he left.']],
    ['It is No. 5 on the list. Really.', ['It is No. 5 on the list.', 'Really.']],
    ['I said no. You heard me.', ['I said no.', 'You heard me.']],
    ['Meet J. Doe at 10:30 a.m. on Monday.', ['Meet J. Doe at 10:30 a.m. on Monday.']],
    ['That is version 2. It works.', ['That is version 2.', 'It works.']],
    ['1. First thing\n2. Second thing', ['1. First thing', '2. Second thing']],
    ['We charge 1,000,000 dollars a year.', ['We charge 1,000,000 dollars a year.']],
    ['He asked "Really?" and went.', ['He asked "Really?"', 'and went.']],
    ['Wait... what is that?', ['Wait... what is that?']],
    ['Go to example.com. It is there.', ['Go to example.com.', 'It is there.']],
    ['你好。再见！', ['你好。', '再见！']],
    ['... Hello there.', ['... Hello there.']],
    ['\n\n- \nYes', ['- \nYes']],
    ['。', []],
    ['  ', []],
    ['', []],
    ['One.\n\nTwo', ['One.', 'Two']],
    ['Use approx. five (e.g. "four"). Done', ['Use approx. five (e.g. "four").', 'Done']],
  ])('of %j', (text, clauses) => {
    expect(split([text])).toEqual(clauses);
  });

  it('come early the first time, and at commas only when long later', () => {
    const first = pushText(EMPTY_CLAUSES, 'Thank you for calling, ');
    expect(first.clauses).toEqual(['Thank you for calling,']);
    expect(pushText(first.buffer, 'one moment please, ').clauses).toEqual([]);
    const long = 'while I am looking that up for you in the system that we have here, ';
    expect(pushText(first.buffer, long).clauses).toEqual([long.trim()]);
  });

  it('wait for what may change their end', () => {
    const waiting = pushText(EMPTY_CLAUSES, 'It costs 3.');
    expect(waiting.clauses).toEqual([]);
    expect(pushText(waiting.buffer, '50 now. ').clauses).toEqual([]);
    expect(pushText(EMPTY_CLAUSES, 'Done. ').clauses).toEqual([]);
    expect(pushText(EMPTY_CLAUSES, 'Done. N').clauses).toEqual(['Done.']);
  });

  it('are never longer than the limit', () => {
    const limits = { firstSoftMin: 5, softMin: 8, max: 10 };
    expect(split(['aaaa bbbb cccc dddd'], limits)).toEqual(['aaaa bbbb', 'cccc dddd']);
    expect(split(['a'.repeat(25)], limits).map((clause) => clause.length)).toEqual([10, 10, 5]);
    expect(split([`${'a'.repeat(9)}😀b`], limits)).toEqual(['a'.repeat(9), '😀b']);
    expect(split([`- ${'b'.repeat(10)}`], limits)).toEqual(['- bbbbbbbb', 'bb']);
    expect(split(['.'.repeat(30)], limits)).toEqual([]);
    expect(split(['a😀'], { firstSoftMin: 1, softMin: 1, max: 1 })[0]).toBe('a');
  });
});

const words = fc.constantFrom(
  'Dr. ',
  'no. ',
  '3.5 ',
  'yes, ',
  'Well. ',
  'ok! ',
  '\n',
  'a',
  '. ',
  '… ',
  '"Hi." ',
  '。',
  ' ',
  'U.S. ',
  '😀',
);
const texts = fc.array(words, { maxLength: 40 }).map((parts) => parts.join(''));
const limits = fc.record({ firstSoftMin: fc.nat(20), softMin: fc.nat(40), max: fc.integer({ min: 2, max: 60 }) });

describe('streamed text', () => {
  it('gives the same clauses however it is cut into deltas', () => {
    fc.assert(
      fc.property(texts, limits, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (text, limit, sizes) => {
        const deltas: string[] = [];
        for (let at = 0, n = 0; at < text.length; n += 1) {
          const size = sizes[n % sizes.length] ?? 1;
          deltas.push(text.slice(at, at + size));
          at += size;
        }
        expect(split(deltas, limit)).toEqual(split([text], limit));
      }),
      { numRuns: 1_000 },
    );
  });

  it('loses no word and never exceeds the limit', () => {
    const speakable = (text: string): string => text.replace(/[^\p{L}\p{N}]/gu, '');
    fc.assert(
      fc.property(texts, limits, (text, limit) => {
        const clauses = split([text], limit);
        expect(speakable(clauses.join(''))).toBe(speakable(text));
        for (const clause of clauses) expect(clause.length).toBeLessThanOrEqual(limit.max);
      }),
      { numRuns: 1_000 },
    );
  });
});
