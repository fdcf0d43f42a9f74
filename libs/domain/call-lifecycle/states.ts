/** Internal states of a call; the row on the call table says exactly one of them. */
export const CALL_STATES = ['queued', 'dialing', 'ringing', 'active', 'ended', 'not_connected', 'canceled'] as const;
/** See CALL_STATES. */
export type CallState = (typeof CALL_STATES)[number];

/** What users see: a function of the state, never stored beside it. */
export const VISIBLE_STATUSES = ['pending', 'ringing', 'active', 'completed', 'failed'] as const;
/** See VISIBLE_STATUSES. */
export type VisibleStatus = (typeof VISIBLE_STATUSES)[number];

/** States in which nothing moves any more. */
export const FINAL_STATES = ['ended', 'not_connected', 'canceled'] as const satisfies readonly CallState[];
/** See FINAL_STATES. */
export type FinalState = (typeof FINAL_STATES)[number];

const VISIBLE: Record<CallState, VisibleStatus> = {
  queued: 'pending',
  dialing: 'ringing',
  ringing: 'ringing',
  active: 'active',
  ended: 'completed',
  not_connected: 'failed',
  canceled: 'failed',
};

/** The status users see for a state. */
export function visibleStatus(state: CallState): VisibleStatus {
  return VISIBLE[state];
}

/** True once the call is over. */
export function isFinal(state: CallState): state is FinalState {
  return (FINAL_STATES as readonly CallState[]).includes(state);
}
