import type { CauseType } from '../end-reason/cause.ts';
import type { EffectType, Effect } from './effects.ts';
import type { CallSnapshot } from './snapshot.ts';
import type { CallState } from './states.ts';

/** When an effect applies: always, or only if the leg may be up, a runner was attached, or a room may exist. */
export type EffectCondition = 'always' | 'leg_up' | 'runner' | 'room';

/** An effect of the table; details are filled in from the call. */
export interface EffectRule {
  readonly type: EffectType;
  readonly event?: 'call.ringing' | 'call.active' | 'call.ended';
  readonly when: EffectCondition;
}

const OVER = [
  { type: 'emit-event', event: 'call.ended', when: 'always' },
  { type: 'hang-up-leg', when: 'leg_up' },
  { type: 'release-runner', when: 'runner' },
  { type: 'close-bridge', when: 'room' },
  { type: 'delete-room', when: 'room' },
  { type: 'free-slot', when: 'always' },
] as const satisfies readonly EffectRule[];

/**
 * What follows from entering a state and from an ending being set in motion. An outbound call is announced as ringing
 * when it is dialled; an inbound one is created ringing, so whoever creates it announces it.
 */
export const EFFECTS = {
  entering: {
    queued: [],
    dialing: [
      { type: 'emit-event', event: 'call.ringing', when: 'always' },
      { type: 'open-bridge', when: 'always' },
      { type: 'place-leg', when: 'always' },
    ],
    ringing: [],
    active: [
      { type: 'emit-event', event: 'call.active', when: 'always' },
      { type: 'start-conversation', when: 'always' },
    ],
    ended: OVER,
    not_connected: OVER,
    canceled: OVER,
  },
  ending: [{ type: 'hang-up-leg', when: 'leg_up' }],
} as const satisfies { entering: Record<CallState, readonly EffectRule[]>; ending: readonly EffectRule[] };

/** What we answer an inbound INVITE with when this ends the call before the answer; 500 where nothing is listed. */
export const REFUSAL_STATUS: Readonly<Partial<Record<CauseType, number>>> = {
  'hangup-requested': 603,
  'runner-ended': 480,
  'runner-lost': 480,
  'agent-unavailable': 480,
  'deadline-passed': 480,
};

const APPLIES: Readonly<Record<EffectCondition, (call: CallSnapshot) => boolean>> = {
  always: () => true,
  leg_up: (call) => call.legUp,
  runner: (call) => call.runnerAttachedAt !== undefined,
  room: (call) => call.dialedAt !== undefined || call.direction === 'inbound',
};

/** How to end the leg of this call now. */
export function hangUpLeg(call: CallSnapshot): Effect {
  if (call.answeredAt !== undefined) return { type: 'hang-up-leg', by: 'bye' };
  if (call.direction === 'outbound') return { type: 'hang-up-leg', by: 'cancel' };
  const cause = call.end?.cause ?? call.ending?.causes[0];
  const status = cause === undefined ? undefined : REFUSAL_STATUS[cause.type];
  return { type: 'hang-up-leg', by: 'refuse', status: status ?? 500 };
}

/** The effects of these rules for this call, in order. */
export function effectsOf(rules: readonly EffectRule[], call: CallSnapshot): Effect[] {
  return rules
    .filter((rule) => APPLIES[rule.when](call))
    .map((rule): Effect => {
      if (rule.type === 'hang-up-leg') return hangUpLeg(call);
      if (rule.event !== undefined) return { type: 'emit-event', event: rule.event };
      return { type: rule.type } as Effect;
    });
}
