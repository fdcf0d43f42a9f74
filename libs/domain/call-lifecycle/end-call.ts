import type { Cause } from '../end-reason/cause.ts';
import type { CallEvidence, Classification } from '../end-reason/classification.ts';
import { classify } from '../end-reason/classify.ts';
import type { CallSnapshot, Ending } from './snapshot.ts';
import type { FinalState } from './states.ts';

/**
 * Takes a cause into the call's ending, opening it with the first. The reason is decided `settleMs` after the first
 * cause; while our own BYE or CANCEL waits for its confirmation (`legUp`) not before that, `confirmMs` at most, or the
 * next INVITE of the account would overlap this dialog.
 */
export function collectCause(
  call: CallSnapshot,
  cause: Cause,
  now: number,
): CallSnapshot & { readonly ending: Ending } {
  const { settleMs, confirmMs } = call.settings.thresholds;
  const { causes, firstAt } = call.ending ?? { causes: [], firstAt: now };
  const known = causes.some((other) => other.id === cause.id);
  const settleAt = firstAt + (call.legUp ? Math.max(settleMs, confirmMs) : settleMs);
  return { ...call, ending: { causes: known ? causes : [...causes, cause], firstAt, settleAt } };
}

function evidenceOf(call: CallSnapshot): CallEvidence {
  const { direction, everActive, callerTurns } = call;
  return {
    direction,
    everActive,
    callerTurns,
    ...(call.dialedAt === undefined ? {} : { dialedAt: call.dialedAt }),
    ...(call.ringingAt === undefined ? {} : { ringingAt: call.ringingAt }),
    ...(call.answeredAt === undefined ? {} : { answeredAt: call.answeredAt }),
    ...(call.forwarded === undefined ? {} : { forwarded: call.forwarded }),
  };
}

function finalState(call: CallSnapshot, end: Classification): FinalState {
  if (call.everActive) return 'ended';
  const canceled = end.reason === 'CANCELED_BEFORE_DIAL' || end.reason === 'CANCELED_WHILE_RINGING';
  return canceled ? 'canceled' : 'not_connected';
}

/** Decides the reason from the causes collected so far and closes the call. */
export function finishCall(call: CallSnapshot, causes: readonly Cause[], now: number): CallSnapshot {
  const end = classify({ causes, call: evidenceOf(call), thresholds: call.settings.thresholds });
  const { ending: _ending, ...rest } = call;
  return { ...rest, state: finalState(call, end), endedAt: now, end };
}
