import type { ClauseLimits } from './find-boundary.ts';
import { EMPTY_CLAUSES, flushText, pushText, type ClauseBuffer, type SplitClauses } from './split-clauses.ts';

/** Whose turn it is, in the words of the SDK's `state` frame. */
export const TURN_STATES = ['idle', 'listening', 'thinking', 'speaking', 'interrupted'] as const;
/** See TURN_STATES. */
export type TurnState = (typeof TURN_STATES)[number];

/** What the turn loop remembers. */
export interface Turn {
  readonly state: TurnState;
  /** Number of the current caller turn; 0 before the caller first spoke. */
  readonly turnId: number;
  /** Text of the agent not yet cut into clauses. */
  readonly buffer: ClauseBuffer;
  /** The caller's words were sent and the agent has not begun to reply. */
  readonly awaiting: boolean;
  /** The agent streams text for which no `text-end` has come. */
  readonly streaming: boolean;
  /** Clauses were sent to the voice and playout has not drained. */
  readonly queued: boolean;
  /** An interrupted stream: its text is dropped until its `text-end`. */
  readonly discarding: boolean;
}

/** What can happen in a turn. */
export type TurnEvent =
  /** The caller makes a sound that may be speech. */
  | { readonly type: 'speech-start' }
  /** What the caller said, after endpointing. Empty: it was no speech. */
  | { readonly type: 'final'; readonly text: string }
  | { readonly type: 'delta'; readonly text: string }
  | { readonly type: 'text-end' }
  /** The agent says something outside its turn stream. */
  | { readonly type: 'say'; readonly text: string }
  | { readonly type: 'playout-started' }
  | { readonly type: 'playout-drained' }
  /** The caller speaks over the agent and means it. */
  | { readonly type: 'barge-in' };

/** What the turn loop has to do, in order. */
export type TurnAction =
  | { readonly type: 'report-state'; readonly state: TurnState; readonly turnId: number }
  | { readonly type: 'send-user-text'; readonly text: string; readonly turnId: number }
  | { readonly type: 'send-interrupted'; readonly turnId: number }
  | { readonly type: 'speak'; readonly clauses: readonly string[] }
  | { readonly type: 'duck-playout' }
  | { readonly type: 'restore-playout' }
  | { readonly type: 'stop-playout' };

/** The next turn and what to do. */
export interface TurnStep {
  readonly turn: Turn;
  readonly actions: readonly TurnAction[];
}

/** A conversation begins with this. */
export const FIRST_TURN: Turn = {
  state: 'idle',
  turnId: 0,
  buffer: EMPTY_CLAUSES,
  awaiting: false,
  streaming: false,
  queued: false,
  discarding: false,
};

function speak(turn: Turn, split: SplitClauses): TurnStep {
  const next = { ...turn, buffer: split.buffer };
  if (split.clauses.length === 0) return { turn: next, actions: [] };
  return { turn: { ...next, queued: true }, actions: [{ type: 'speak', clauses: split.clauses }] };
}

/** Nothing plays and nothing is to come: the floor is free. */
function settle(turn: Turn): Turn {
  if (turn.queued || turn.streaming || turn.awaiting || turn.state === 'listening' || turn.state === 'interrupted')
    return turn;
  return { ...turn, state: 'idle' };
}

/** Cuts the agent off: what plays, what it streams, and, once the caller said more, the reply it only thinks about. */
function interrupt(turn: Turn, saidMore: boolean): TurnStep {
  const unanswered = saidMore && turn.awaiting;
  const audible = turn.queued || turn.streaming;
  if (!audible && !unanswered) return { turn, actions: [] };
  const cut: Turn = {
    ...turn,
    state: 'interrupted',
    buffer: EMPTY_CLAUSES,
    awaiting: turn.awaiting && !unanswered,
    streaming: false,
    queued: false,
    discarding: turn.discarding || turn.streaming || unanswered,
  };
  const interrupted: TurnAction = { type: 'send-interrupted', turnId: turn.turnId };
  return { turn: cut, actions: audible ? [{ type: 'stop-playout' }, interrupted] : [interrupted] };
}

function startListening(turn: Turn): TurnStep {
  if (turn.state === 'speaking') return { turn, actions: [{ type: 'duck-playout' }] };
  return { turn: turn.state === 'idle' ? { ...turn, state: 'listening' } : turn, actions: [] };
}

function takeFinal(turn: Turn, text: string): TurnStep {
  if (text.trim() === '') {
    if (turn.state === 'speaking') return { turn, actions: [{ type: 'restore-playout' }] };
    const noise = turn.state === 'listening' || turn.state === 'interrupted';
    return { turn: noise ? { ...turn, state: 'idle' } : turn, actions: [] };
  }
  const { turn: cut, actions } = interrupt(turn, true);
  const turnId = cut.turnId + 1;
  const next: Turn = { ...cut, state: 'thinking', turnId, awaiting: true };
  return { turn: next, actions: [...actions, { type: 'send-user-text', text: text.trim(), turnId }] };
}

function takeTextEnd(turn: Turn): TurnStep {
  if (turn.discarding) return { turn: { ...turn, discarding: false }, actions: [] };
  const { turn: flushed, actions } = speak({ ...turn, awaiting: false, streaming: false }, flushText(turn.buffer));
  return { turn: settle(flushed), actions };
}

function step(turn: Turn, event: TurnEvent, limits?: ClauseLimits): TurnStep {
  switch (event.type) {
    case 'speech-start':
      return startListening(turn);
    case 'final':
      return takeFinal(turn, event.text);
    case 'delta':
      if (turn.discarding) return { turn, actions: [] };
      return speak({ ...turn, awaiting: false, streaming: true }, pushText(turn.buffer, event.text, limits));
    case 'text-end':
      return takeTextEnd(turn);
    case 'say': {
      const { buffer, clauses } = pushText(EMPTY_CLAUSES, event.text, limits);
      const all = [...clauses, ...flushText(buffer).clauses];
      return speak({ ...turn, awaiting: false }, { buffer: turn.buffer, clauses: all });
    }
    case 'playout-started':
      return { turn: turn.queued ? { ...turn, state: 'speaking' } : turn, actions: [] };
    case 'playout-drained': {
      const drained = { ...turn, queued: false };
      const waiting = turn.state === 'speaking' && (turn.streaming || turn.awaiting);
      return { turn: waiting ? { ...drained, state: 'thinking' } : settle(drained), actions: [] };
    }
    case 'barge-in':
      return interrupt(turn, false);
  }
}

/**
 * One step of the turn loop. Pure: the same turn and event give the same actions. Every change of state is reported
 * after what caused it. Text of an interrupted stream is dropped until its `text-end`; a runner that never sends one
 * (it has no adapter) sends no deltas either, so nothing is lost by waiting.
 */
export function reduceTurn(turn: Turn, event: TurnEvent, limits?: ClauseLimits): TurnStep {
  const { turn: next, actions } = step(turn, event, limits);
  if (next.state === turn.state && next.turnId === turn.turnId) return { turn: next, actions };
  return { turn: next, actions: [...actions, { type: 'report-state', state: next.state, turnId: next.turnId }] };
}
