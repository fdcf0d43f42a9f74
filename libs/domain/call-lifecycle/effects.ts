/** Events the outside world is told about. */
export const CALL_EVENTS = ['call.ringing', 'call.active', 'call.ended'] as const;
/** See CALL_EVENTS. */
export type CallEvent = (typeof CALL_EVENTS)[number];

/**
 * What the dispatcher has to do after storing a decision. Plain data; each one is safe to do twice.
 * `hang-up-leg` by `cancel` before the answer, `bye` after it, `refuse` an unanswered inbound call with `status`.
 */
export type Effect =
  | { readonly type: 'emit-event'; readonly event: CallEvent }
  | { readonly type: 'open-bridge' }
  | { readonly type: 'place-leg' }
  | { readonly type: 'answer-leg' }
  | { readonly type: 'start-conversation' }
  | { readonly type: 'reassign-runner'; readonly willReturn: boolean }
  | { readonly type: 'hang-up-leg'; readonly by: 'cancel' | 'bye' | 'refuse'; readonly status?: number }
  | { readonly type: 'release-runner' }
  | { readonly type: 'close-bridge' }
  | { readonly type: 'delete-room' }
  | { readonly type: 'free-slot' };

/** The names of all effects. */
export type EffectType = Effect['type'];
