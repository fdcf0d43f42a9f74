import { DEFAULT_CALL_SETTINGS, type CallSettings, type Thresholds } from '@callplane/domain';
import { z } from 'zod';

const DAY_S = 86_400;
const seconds = (max: number, about: string): z.ZodOptional<z.ZodNumber> =>
  z
    .number()
    .min(0.1)
    .max(max)
    .optional()
    .meta({ description: `${about} Seconds.` });

/** Times that rule a call, as accounts and pipes set them: seconds. What is left out keeps the default. */
export const callSettingsSchema = z.object({
  ring_timeout_s: seconds(600, 'How long the far end may ring.'),
  silence_s: z
    .number()
    .min(1)
    .max(DAY_S)
    .nullable()
    .optional()
    .meta({ description: 'Ends a call in which the caller says nothing for so long; null switches it off. Seconds.' }),
  idle_s: seconds(DAY_S, 'Ends a call in which neither side speaks, where silence detection is off.'),
  agent_wait_s: seconds(DAY_S, 'How long a call waits for a free runner of its agent.'),
  queue_age_s: seconds(7 * DAY_S, 'How long a call may wait to be dialled.'),
  settle_s: seconds(5, 'How long causes of an ending are collected before one is picked.'),
  confirm_s: seconds(10, 'How long the confirmation of our own BYE or CANCEL is awaited.'),
  brief_ring_min_s: seconds(120, 'A 480 after less ringing means unreachable.'),
  brief_ring_max_s: seconds(120, 'A 480 after more ringing means that nobody picked up.'),
  decline_ring_s: seconds(120, 'A 486 after at least this much ringing was a person declining.'),
  voicemail_window_s: seconds(120, 'An unspoken call ended by the far end within this time met a voicemail.'),
  runner_return_s: seconds(300, 'How long a call waits for a runner whose connection broke.'),
  connect_s: seconds(120, 'How long an answered call waits for its bridge.'),
});
export type CallSettingsInSeconds = z.infer<typeof callSettingsSchema>;

/** Names of the settings above. */
export const CALL_SETTING_NAMES = Object.keys(callSettingsSchema.shape);

type TimeName = Exclude<keyof CallSettingsInSeconds, 'silence_s'> | 'max_call_duration_s';

const TIMES: Record<TimeName, Exclude<keyof CallSettings, 'thresholds' | 'silenceMs'> | keyof Thresholds> = {
  ring_timeout_s: 'ringTimeoutMs',
  max_call_duration_s: 'maxDurationMs',
  idle_s: 'idleMs',
  agent_wait_s: 'agentWaitMs',
  queue_age_s: 'queueAgeMs',
  settle_s: 'settleMs',
  confirm_s: 'confirmMs',
  brief_ring_min_s: 'briefRingMinMs',
  brief_ring_max_s: 'briefRingMaxMs',
  decline_ring_s: 'declineRingMs',
  voicemail_window_s: 'voicemailWindowMs',
  runner_return_s: 'runnerReturnMs',
  connect_s: 'connectMs',
};

/** Folds stored settings (account first, pipe last: the last one wins) into the milliseconds the domain counts in. */
export function toCallSettings(...layers: readonly Record<string, unknown>[]): CallSettings {
  const given = Object.assign({}, ...layers) as Record<string, unknown>;
  const top: Record<string, number | null> = {};
  const thresholds: Record<string, number> = {};
  for (const [name, target] of Object.entries(TIMES)) {
    const value = given[name];
    if (typeof value !== 'number') continue;
    (target in DEFAULT_CALL_SETTINGS.thresholds ? thresholds : top)[target] = Math.round(value * 1000);
  }
  const silence = given['silence_s'];
  if (silence === null || typeof silence === 'number')
    top['silenceMs'] = silence === null ? null : Math.round(silence * 1000);
  return {
    ...DEFAULT_CALL_SETTINGS,
    ...top,
    thresholds: { ...DEFAULT_CALL_SETTINGS.thresholds, ...thresholds },
  };
}
