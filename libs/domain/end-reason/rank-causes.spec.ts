import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fact, failure, legEnd } from '../call-lifecycle/build-facts.suite.ts';
import type { Cause } from './cause.ts';
import { PRECEDENCE, isConsequence, precedenceOf } from './precedence.ts';
import { rankCauses } from './rank-causes.ts';

/** One cause of every precedence class, in order. */
const LADDER: Cause[] = [
  fact('leg-ended', 90, failure(486)),
  fact('leg-ended', 80, legEnd()),
  fact('hangup-requested', 70, {}),
  fact('runner-ended', 60, { how: 'end_call' }),
  fact('voicemail-detected', 50, { evidence: {} }),
  fact('deadline-passed', 40, { deadline: 'max_duration' }),
  fact('runner-lost', 30, { detail: 'x' }),
  fact('speech-failed', 20, { which: 'stt', detail: 'x' }),
];

describe('precedence', () => {
  it('knows a cause of every class', () => {
    expect(LADDER.map(precedenceOf)).toEqual([...PRECEDENCE]);
  });

  it('lets the higher class win over every lower one, whatever came first within the window', () => {
    LADDER.forEach((higher, index) => {
      for (const lower of LADDER.slice(index + 1)) {
        expect(rankCauses([lower, higher], 300).winner).toBe(higher);
        expect(rankCauses([higher, lower], 300).losers).toEqual([{ cause: lower, lost: 'rank' }]);
      }
    });
  });

  it.each<[Cause, string]>([
    [fact('runner-ended', 1, { how: 'error' }), 'loss'],
    [fact('deadline-passed', 1, { deadline: 'silence' }), 'detector'],
    [fact('deadline-passed', 1, { deadline: 'runner_return' }), 'loss'],
    [fact('leg-ended', 1, legEnd({ by: 'error', how: 'media' })), 'loss'],
    [fact('leg-ended', 1, legEnd({ by: 'error', phase: 'setup', how: 'timeout' })), 'leg_failed'],
    [fact('leg-ended', 1, legEnd({ by: 'local', how: 'timeout' })), 'deadline'],
    [fact('leg-ended', 1, legEnd({ phase: 'setup', how: 'cancel' })), 'far_end_hung_up'],
    [fact('leg-ended', 1, legEnd({ by: 'error' })), 'leg_failed'],
  ])('ranks %o as %s', (cause, precedence) => {
    expect(precedenceOf(cause)).toBe(precedence);
  });
});

describe('the settle window', () => {
  const agent = fact('runner-ended', 100, { how: 'end_call' });

  it('keeps out what came after it', () => {
    const bye = fact('leg-ended', 401, legEnd());
    expect(rankCauses([bye, agent], 300)).toEqual({ winner: agent, losers: [{ cause: bye, lost: 'too_late' }] });
    expect(rankCauses([fact('leg-ended', 400, legEnd()), agent], 300).winner.type).toBe('leg-ended');
  });

  it('never takes our own BYE, CANCEL, refusal, or the 487 to our CANCEL for a cause', () => {
    const ours = [
      legEnd({ by: 'local' }),
      legEnd({ by: 'local', how: 'cancel' }),
      failure(480, { by: 'local' }),
      failure(487),
    ].map((end) => fact('leg-ended', 90, end));
    for (const own of ours) {
      expect(isConsequence(own)).toBe(true);
      expect(rankCauses([own, agent], 300)).toEqual({ winner: agent, losers: [{ cause: own, lost: 'consequence' }] });
      expect(rankCauses([own], 300).winner).toBe(own);
    }
    expect(isConsequence(fact('leg-ended', 1, failure(486)))).toBe(false);
    expect(isConsequence(fact('leg-ended', 1, legEnd({ by: 'local', how: 'timeout' })))).toBe(false);
  });

  it('orders equals by time, then sequence, then id', () => {
    const at = (after: number, id: string, sequence: number): Cause => ({
      ...fact('runner-lost', after, { detail: id }, id),
      sequence,
    });
    expect(rankCauses([at(2, 'a', 1), at(1, 'b', 1)], 300).winner.id).toBe('b');
    expect(rankCauses([at(1, 'a', 2), at(1, 'b', 1)], 300).winner.id).toBe('b');
    expect(rankCauses([at(1, 'b', 1), at(1, 'a', 1)], 300).winner.id).toBe('a');
    expect(rankCauses([at(1, 'a', 1), at(1, 'b', 1)], 300).winner.id).toBe('a');
  });

  it('does not see order or repetition', () => {
    const orders = fc.shuffledSubarray(LADDER, { minLength: 1 });
    fc.assert(
      fc.property(orders, (causes) => {
        const again = [...causes].reverse().flatMap((cause) => [cause, cause]);
        expect(rankCauses(again, 300)).toEqual(rankCauses(causes, 300));
      }),
    );
  });

  it('needs a cause', () => {
    expect(() => rankCauses([], 300)).toThrow(RangeError);
  });
});
