import { z } from 'zod';

/** What a voice profile is rendered from. */
export interface VoiceProfileRecord {
  id: string;
  accountId: string | null;
  name: string;
  description: string | null;
  gender: string | null;
  language: string;
  sttProvider: string;
  sttModel: string | null;
  ttsProvider: string;
  ttsVoice: string;
  greetingMessage: string | null;
  createdAt: Date;
  modifiedAt: Date;
}

/** The SDK's `VoiceProfile`. */
export const voiceProfileSchema = z
  .object({
    profile_id: z.string(),
    name: z.string(),
    languages: z.array(z.string()),
    stt_languages: z.array(z.string()),
    project_id: z.string().nullable(),
    description: z.string().nullable(),
    gender: z.string().nullable(),
    language: z.string(),
    stt_provider: z.string(),
    stt_model: z.string().nullable(),
    tts_provider: z.string(),
    tts_voice: z.string(),
    tts_language: z.string(),
    greeting_message: z.string().nullable(),
    created: z.iso.datetime(),
    modified: z.iso.datetime(),
  })
  .meta({ id: 'VoiceProfile' });
export type VoiceProfileView = z.infer<typeof voiceProfileSchema>;

/** A voice profile as REST shows it; `project_id` null = offered to every account. */
export function renderVoiceProfile(profile: VoiceProfileRecord): VoiceProfileView {
  return {
    profile_id: profile.id,
    name: profile.name,
    languages: [profile.language],
    stt_languages: [profile.language],
    project_id: profile.accountId,
    description: profile.description,
    gender: profile.gender,
    language: profile.language,
    stt_provider: profile.sttProvider,
    stt_model: profile.sttModel,
    tts_provider: profile.ttsProvider,
    tts_voice: profile.ttsVoice,
    tts_language: profile.language,
    greeting_message: profile.greetingMessage,
    created: profile.createdAt.toISOString(),
    modified: profile.modifiedAt.toISOString(),
  };
}
