import type { DeadlineKind } from '../end-reason/cause.ts';
import type { EndReason } from '../end-reason/end-reasons.ts';
import { DEADLINE_REASONS } from '../end-reason/resolve-cause.ts';
import type { CallSettings, CallSnapshot } from './snapshot.ts';
import type { CallState } from './states.ts';

/** Times a deadline can count from. */
export type TimeField =
  | 'createdAt'
  | 'agentWaitSince'
  | 'dialedAt'
  | 'answeredAt'
  | 'bridgeReadyAt'
  | 'runnerAttachedAt'
  | 'runnerDetachedAt'
  | 'activeAt'
  | 'lastCallerTurnAt'
  | 'lastAgentTurnAt';

/** Settings that say how long; the last two are thresholds. */
export type DurationSetting = Exclude<keyof CallSettings, 'thresholds'> | 'runnerReturnMs' | 'connectMs';

/** One timer of a state, as data. */
export interface DeadlineRule {
  readonly deadline: DeadlineKind;
  /** Counts from the latest of these that is known. */
  readonly since: readonly TimeField[];
  readonly setting: DurationSetting;
  /** Void once this is known. */
  readonly unless?: TimeField;
  /** Void once this is known and not older than what it counts from. */
  readonly unlessSince?: TimeField;
  /** Runs only where this setting is null. */
  readonly onlyWithout?: 'silenceMs';
  readonly reason: EndReason;
}

const RUNNER_RETURN: DeadlineRule = {
  deadline: 'runner_return',
  since: ['runnerDetachedAt'],
  setting: 'runnerReturnMs',
  unlessSince: 'runnerAttachedAt',
  reason: DEADLINE_REASONS.runner_return,
};

const AGENT_WAIT: DeadlineRule = {
  deadline: 'agent_wait',
  since: ['agentWaitSince'],
  setting: 'agentWaitMs',
  unless: 'runnerAttachedAt',
  reason: DEADLINE_REASONS.agent_wait,
};

const SETTING_UP: readonly DeadlineRule[] = [
  {
    deadline: 'ring',
    since: ['createdAt', 'dialedAt'],
    setting: 'ringTimeoutMs',
    unless: 'answeredAt',
    reason: DEADLINE_REASONS.ring,
  },
  {
    deadline: 'connect',
    since: ['answeredAt'],
    setting: 'connectMs',
    unless: 'bridgeReadyAt',
    reason: DEADLINE_REASONS.connect,
  },
  AGENT_WAIT,
  RUNNER_RETURN,
];

/** Every timer of every state. A call that is ending has one more, `settle`, whatever its state. */
export const DEADLINES: Readonly<Record<CallState, readonly DeadlineRule[]>> = {
  queued: [
    { deadline: 'queue_age', since: ['createdAt'], setting: 'queueAgeMs', reason: DEADLINE_REASONS.queue_age },
    AGENT_WAIT,
    RUNNER_RETURN,
  ],
  dialing: SETTING_UP,
  ringing: SETTING_UP,
  active: [
    { deadline: 'max_duration', since: ['activeAt'], setting: 'maxDurationMs', reason: DEADLINE_REASONS.max_duration },
    {
      deadline: 'silence',
      since: ['activeAt', 'lastCallerTurnAt'],
      setting: 'silenceMs',
      reason: DEADLINE_REASONS.silence,
    },
    {
      deadline: 'idle',
      since: ['activeAt', 'lastCallerTurnAt', 'lastAgentTurnAt'],
      setting: 'idleMs',
      onlyWithout: 'silenceMs',
      reason: DEADLINE_REASONS.idle,
    },
    RUNNER_RETURN,
  ],
  ended: [],
  not_connected: [],
  canceled: [],
};

/** A running timer of one call. */
export interface Deadline {
  readonly kind: DeadlineKind;
  /** Epoch ms. */
  readonly at: number;
}

function durationOf(settings: CallSettings, setting: DurationSetting): number | null {
  return setting === 'runnerReturnMs' || setting === 'connectMs' ? settings.thresholds[setting] : settings[setting];
}

function dueAt(call: CallSnapshot, rule: DeadlineRule): number | undefined {
  const known = rule.since.map((field) => call[field]).filter((time) => time !== undefined);
  const duration = durationOf(call.settings, rule.setting);
  if (known.length === 0 || duration === null) return undefined;
  if (rule.unless !== undefined && call[rule.unless] !== undefined) return undefined;
  if (rule.onlyWithout !== undefined && call.settings[rule.onlyWithout] !== null) return undefined;
  const since = Math.max(...known);
  const answer = rule.unlessSince === undefined ? undefined : call[rule.unlessSince];
  return answer !== undefined && answer >= since ? undefined : since + duration;
}

/** All timers running for a call in its state, `settle` first. */
export function deadlinesOf(call: CallSnapshot): readonly Deadline[] {
  const settle: Deadline[] = call.ending === undefined ? [] : [{ kind: 'settle', at: call.ending.settleAt }];
  const rules = DEADLINES[call.state].flatMap((rule): Deadline[] => {
    const at = dueAt(call, rule);
    return at === undefined ? [] : [{ kind: rule.deadline, at }];
  });
  return [...settle, ...rules];
}

/** The timer to arm: the settle deadline of an ending call, else the earliest one. */
export function nextDeadline(call: CallSnapshot): Deadline | undefined {
  const [first, ...rest] = deadlinesOf(call);
  if (first === undefined || first.kind === 'settle') return first;
  return rest.reduce((next, deadline) => (deadline.at < next.at ? deadline : next), first);
}

/** True when this timer runs for the call and its time has come. */
export function isDue(call: CallSnapshot, kind: DeadlineKind, now: number): boolean {
  return deadlinesOf(call).some((deadline) => deadline.kind === kind && deadline.at <= now);
}
