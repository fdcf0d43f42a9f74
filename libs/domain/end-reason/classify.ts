import { END_REASON_CATALOGUE } from './catalogue.ts';
import type { Cause } from './cause.ts';
import type { CallEvidence, Classification, EndEvidence } from './classification.ts';
import type { Phase } from './end-reasons.ts';
import { rankCauses } from './rank-causes.ts';
import { resolveCause } from './resolve-cause.ts';
import { DEFAULT_THRESHOLDS } from './thresholds.ts';
import { unclassified, type Verdict } from './verdict.ts';

function phaseOf(winner: Cause, call: CallEvidence): Phase {
  if (winner.type === 'transfer-ended') return 'transfer';
  if (call.everActive) return 'active';
  if (call.direction === 'inbound' || call.ringingAt !== undefined || call.answeredAt !== undefined) return 'ring';
  return call.dialedAt === undefined ? 'queue' : 'dial';
}

/** The reason and the facts must agree: `completed` if and only if the call was ever active. */
function reconcile(verdict: Verdict, everActive: boolean): Verdict {
  const { final } = END_REASON_CATALOGUE[verdict.reason];
  if (final === 'either' || (final === 'completed') === everActive) return verdict;
  return unclassified('PLATFORM_ERROR', 'platform', `contradiction-${verdict.rule}`);
}

function wireEvidence(winner: Cause, others: readonly Cause[]) {
  const leg = [winner, ...others].find((cause) => cause.type === 'leg-ended');
  if (leg === undefined) return {};
  const { status, reason, q850 } = leg.end;
  return {
    ...(status === undefined ? {} : { sipCode: status }),
    ...(reason === undefined ? {} : { sipReason: reason }),
    ...(q850 === undefined ? {} : { q850 }),
  };
}

function detailOf(cause: Cause): { detail?: string } {
  if ('detail' in cause) return { detail: cause.detail };
  return cause.type === 'runner-ended' && cause.reason !== undefined ? { detail: cause.reason } : {};
}

/**
 * Why a call ended: one reason from everything that was reported about its end. Pure and total; the same causes in any
 * order and any repetition give the same answer. Throws RangeError only when there is no cause at all.
 */
export function classify(evidence: EndEvidence): Classification {
  const { call, thresholds = DEFAULT_THRESHOLDS } = evidence;
  const { winner, losers } = rankCauses(evidence.causes, thresholds.settleMs);
  const verdict = reconcile(resolveCause(winner, call, thresholds), call.everActive);
  const row = END_REASON_CATALOGUE[verdict.reason];
  return {
    ...verdict,
    status: call.everActive ? 'completed' : 'failed',
    phase: phaseOf(winner, call),
    fault: row.fault,
    retry: call.everActive ? (row.retryIfActive ?? row.retry) : row.retry,
    ...wireEvidence(
      winner,
      losers.map((loser) => loser.cause),
    ),
    ...detailOf(winner),
    cause: winner,
    evidence: losers,
  };
}
