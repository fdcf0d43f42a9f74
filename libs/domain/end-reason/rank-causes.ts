import type { Cause } from './cause.ts';
import type { LosingCause } from './classification.ts';
import { PRECEDENCE, isConsequence, precedenceOf } from './precedence.ts';

/** The deciding cause, and the others in order of time. */
export interface Ranking {
  readonly winner: Cause;
  readonly losers: readonly LosingCause[];
}

function inOrder(a: Cause, b: Cause): number {
  return a.at - b.at || a.sequence - b.sequence || (a.id < b.id ? -1 : 1);
}

function rankOf(cause: Cause): number {
  return PRECEDENCE.indexOf(precedenceOf(cause));
}

/**
 * Picks the cause that decides. The result depends on the set of causes only, never on their order or on repetition:
 * they are sorted by time and sequence, those within `settleMs` of the first compete, and the precedence table decides.
 */
export function rankCauses(causes: readonly Cause[], settleMs: number): Ranking {
  const all = [...new Map(causes.map((cause) => [cause.id, cause])).values()].sort(inOrder);
  const own = all.filter((cause) => !isConsequence(cause));
  const pool = own.length > 0 ? own : all;
  const first = pool[0];
  if (first === undefined) throw new RangeError('A call cannot be classified without a cause.');
  const inTime = pool.filter((cause) => cause.at - first.at <= settleMs);
  const winner = inTime.reduce((best, cause) => (rankOf(cause) < rankOf(best) ? cause : best), first);
  const losers = all
    .filter((cause) => cause !== winner)
    .map((cause): LosingCause => {
      if (!pool.includes(cause)) return { cause, lost: 'consequence' };
      return { cause, lost: inTime.includes(cause) ? 'rank' : 'too_late' };
    });
  return { winner, losers };
}
