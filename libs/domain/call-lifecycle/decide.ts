import { CALL_TABLE, type CallRow, type Cell } from './call-table.ts';
import type { Cause } from '../end-reason/cause.ts';
import { isDue } from './deadlines.ts';
import { EFFECTS, effectsOf, hangUpLeg } from './effects-table.ts';
import type { Effect } from './effects.ts';
import { collectCause, finishCall } from './end-call.ts';
import type { Fact, FactType } from './facts.ts';
import { withDeadline } from './new-call.ts';
import { noteFact } from './note-fact.ts';
import type { CallSnapshot } from './snapshot.ts';
import type { CallState } from './states.ts';

/** `late`: expected, changes nothing. `illegal`: cannot happen here, a bug or a forgery; changes nothing either. */
export const VERDICTS = ['applied', 'late', 'illegal'] as const;

/** What a fact does to a call. */
export interface Decision {
  readonly verdict: (typeof VERDICTS)[number];
  /** The snapshot to store; the same object as before unless `applied`. */
  readonly call: CallSnapshot;
  /** To be carried out after the snapshot is stored, in this order. */
  readonly effects: readonly Effect[];
  /** Present when the state changed. */
  readonly transition?: { readonly from: CallState; readonly to: CallState };
}

/** A call on its way to its end is neither claimed nor dialled any more. */
const LATE_WHILE_ENDING: readonly FactType[] = ['call-claimed', 'claim-released', 'dial-started'];

/**
 * While a call is ending, an answer still counts if it reaches us inside the settle window, for it happened at about
 * the same time; but not when we gave up ringing, since then nobody was meant to talk any more.
 */
function mayConnect(call: CallSnapshot, now: number): boolean {
  if (call.ending === undefined) return true;
  const { causes, firstAt } = call.ending;
  const gaveUp = causes.some((cause) => cause.type === 'deadline-passed' && cause.deadline === 'ring');
  return !gaveUp && now < firstAt + call.settings.thresholds.settleMs;
}

function connect(call: CallSnapshot, now: number): CallSnapshot {
  const { answeredAt, bridgeReadyAt } = call;
  if (answeredAt === undefined || bridgeReadyAt === undefined || !mayConnect(call, now)) return call;
  return { ...call, state: 'active', everActive: true, activeAt: Math.max(answeredAt, bridgeReadyAt) };
}

function move(call: CallSnapshot, cell: Exclude<Cell, 'late' | 'ending'>, now: number): CallSnapshot {
  if (cell === 'connect') return connect(call, now);
  return cell === 'same' || cell === call.state ? call : { ...call, state: cell };
}

function inboundReady(call: CallSnapshot): boolean {
  return call.direction === 'inbound' && call.bridgeReadyAt !== undefined && call.runnerAttachedAt !== undefined;
}

/** What a fact asks for without moving the call. */
function reactTo(fact: Fact, before: CallSnapshot, call: CallSnapshot): Effect[] {
  if (call.ending !== undefined) {
    const crossed = fact.type === 'leg-answered' && before.answeredAt === undefined && call.legUp;
    return crossed ? [hangUpLeg(call)] : [];
  }
  if (fact.type === 'runner-detached') {
    const back = call.runnerAttachedAt !== undefined && call.runnerAttachedAt >= fact.at;
    return back ? [] : [{ type: 'reassign-runner', willReturn: fact.willReturn }];
  }
  const answer = inboundReady(call) && !inboundReady(before) && call.answeredAt === undefined;
  return answer ? [{ type: 'answer-leg' }] : [];
}

/** A call that becomes active while it ends is announced as active, but no conversation starts any more. */
function enterEffects(call: CallSnapshot): Effect[] {
  const entering = effectsOf(EFFECTS.entering[call.state], call);
  return call.ending === undefined ? entering : entering.filter((effect) => effect.type === 'emit-event');
}

function applied(before: CallSnapshot, call: CallSnapshot, effects: readonly Effect[]): Decision {
  const transition = before.state === call.state ? {} : { transition: { from: before.state, to: call.state } };
  return { verdict: 'applied', call: withDeadline(call), effects, ...transition };
}

function late(call: CallSnapshot): Decision {
  return { verdict: 'late', call, effects: [] };
}

function live(before: CallSnapshot, fact: Fact, cell: Exclude<Cell, 'late' | 'ending'>, now: number): Decision {
  const noted = noteFact(before, fact);
  const call = move(noted, cell, now);
  if (call === before) return late(before);
  const entering = call.state === before.state ? [] : enterEffects(call);
  return applied(before, call, [...entering, ...reactTo(fact, before, call)]);
}

/** Closes the call with what it has. `decide` calls it once the settle window is over. */
function finish(before: CallSnapshot, ending: CallSnapshot, causes: readonly Cause[], now: number): Decision {
  const call = finishCall(ending, causes, now);
  return applied(before, call, enterEffects(call));
}

function end(before: CallSnapshot, cause: Cause, now: number): Decision {
  const call = collectCause(noteFact(before, cause), cause, now);
  const { causes, settleAt } = call.ending;
  const atOnce = before.state === 'queued' && cause.type === 'hangup-requested';
  if (atOnce || now >= settleAt) return finish(before, call, causes, now);
  if (causes.length === before.ending?.causes.length) return late(before);
  return applied(before, call, before.ending === undefined ? effectsOf(EFFECTS.ending, call) : []);
}

/**
 * The one decision of the platform about calls: what does this fact do to this call? Pure. `now` (epoch ms) is the
 * time of the decision; the fact keeps its own. Store `call` and the transition under the row's lock, then carry out
 * the effects. Arm a timer for `call.deadlineAt` and report it as `deadline-passed` of `call.deadlineKind`; a deadline
 * that is not due (any more) is `late`.
 */
export function decide(call: CallSnapshot, fact: Fact, now: number): Decision {
  const row: CallRow = CALL_TABLE[call.state];
  const cell = row[fact.type];
  if (cell === undefined) return { verdict: 'illegal', call, effects: [] };
  if (cell === 'late' || (call.ending !== undefined && LATE_WHILE_ENDING.includes(fact.type))) return late(call);
  if (fact.type === 'deadline-passed' && !isDue(call, fact.deadline, now)) return late(call);
  if (fact.type === 'deadline-passed' && fact.deadline === 'settle' && call.ending !== undefined) {
    return finish(call, call, call.ending.causes, now);
  }
  return cell === 'ending' ? end(call, fact as Cause, now) : live(call, fact, cell, now);
}
