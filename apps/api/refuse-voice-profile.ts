import { Refusal } from './answer.ts';

/** The answer to a voice profile that is neither an id nor a name of one. */
export const refuseVoiceProfile = (wanted: string): Refusal =>
  new Refusal(
    422,
    'voice_profile_not_found',
    `There is no voice profile "${wanted}": take an id or a name of GET /v1/voice-profiles.`,
    [{ field: 'voice_profile', problem: 'unknown voice profile' }],
  );
