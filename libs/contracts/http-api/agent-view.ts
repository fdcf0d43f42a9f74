import { z } from 'zod';

const id = (about: string): z.ZodString => z.string().min(1).max(200).meta({ description: about });

/** Options of a voice that the SDK sends with agents and pipes; stored and shown. */
export const voiceOptionsSchema = z.object({
  domain: z.string().max(200).nullish(),
  background_sound: z.string().max(200).nullish(),
  background_sound_enabled: z.boolean().nullish(),
  background_sound_volume: z.number().min(0).max(1).nullish(),
  noise_cancellation: z.unknown().optional(),
});

const agentFields = {
  name: z.string().min(1).max(200).nullish(),
  brain: z
    .record(z.string(), z.unknown())
    .nullish()
    .meta({ description: '`{"type": "runner"}`: your runner is the brain.' }),
  brain_execution: z.string().max(100).nullish(),
  greeting: z.string().max(2000).nullish(),
  recording: z.boolean().nullish(),
  max_call_duration_s: z.number().int().min(1).max(86_400).nullish(),
  max_concurrent: z
    .number()
    .int()
    .min(0)
    .nullish()
    .meta({ description: 'Stored and shown; the account cap and the capacity of the runners hold.' }),
  voice_profile: id('Id or name of a voice profile; default: the first one.').nullish(),
  ...voiceOptionsSchema.shape,
};

/** Body of `POST .../agents` (`agents.voice.create`). An agent of this id that exists is brought to what is given. */
export const createAgentSchema = z.looseObject({
  agent_id: id('Your name for the agent: what your runner registers as.'),
  ...agentFields,
});
export type CreateAgent = z.infer<typeof createAgentSchema>;

/** What an agent is rendered from. */
export interface AgentRecord {
  agentId: string;
  name: string;
  brain: Record<string, unknown>;
  settings: Record<string, unknown>;
}

/** A pipe of an agent with the name of its voice profile. */
export interface VoiceRecord {
  id: string;
  name: string;
  voiceProfileId: string | null;
  voiceProfileName: string | null;
  greeting: string | null;
  isDefault: boolean;
  recording: boolean;
  maxCallDurationS: number;
  settings: Record<string, unknown>;
}

const shared = {
  agent_id: z.string(),
  name: z.string(),
  brain: z.record(z.string(), z.unknown()),
  brain_execution: z.string(),
  background_sound_enabled: z.boolean(),
  noise_cancellation: z.unknown().nullable(),
  background_sound: z.string().nullable(),
  background_sound_volume: z.number().nullable(),
};

/** One voice of an agent: the SDK's `AgentVoice`, with the pipe that carries it. */
export const agentVoiceSchema = z
  .looseObject({
    ...shared,
    is_default: z.boolean(),
    voice_profile_id: z.string().nullable(),
    voice_profile_name: z.string().nullable(),
    domain: z.string().nullable(),
    greeting: z.string().nullable(),
    pipe_id: z.string(),
    recording: z.boolean(),
    max_call_duration_s: z.int(),
  })
  .meta({ id: 'AgentVoice' });

/** The SDK's `Agent`. */
export const agentSchema = z
  .looseObject({ ...shared, voices: z.array(agentVoiceSchema), cache_mode: z.unknown().nullable() })
  .meta({ id: 'Agent' });

function options(agent: AgentRecord, own: Record<string, unknown>): Record<string, unknown> {
  const all = { ...agent.settings, ...own };
  return {
    ...all,
    agent_id: agent.agentId,
    name: agent.name,
    brain: agent.brain,
    brain_execution: all['brain_execution'] ?? 'bridge',
    background_sound_enabled: all['background_sound_enabled'] ?? false,
    noise_cancellation: all['noise_cancellation'] ?? null,
    background_sound: all['background_sound'] ?? null,
    background_sound_volume: all['background_sound_volume'] ?? null,
  };
}

/** One voice of an agent as REST shows it. */
export function renderAgentVoice(agent: AgentRecord, voice: VoiceRecord): Record<string, unknown> {
  const shown = options(agent, voice.settings);
  return {
    ...shown,
    is_default: voice.isDefault,
    voice_profile_id: voice.voiceProfileId,
    voice_profile_name: voice.voiceProfileName,
    domain: shown['domain'] ?? null,
    greeting: voice.greeting,
    pipe_id: voice.id,
    recording: voice.recording,
    max_call_duration_s: voice.maxCallDurationS,
  };
}

/** An agent with all its voices, the default one first. */
export function renderAgent(agent: AgentRecord, voices: readonly VoiceRecord[]): Record<string, unknown> {
  const shown = options(agent, {});
  return {
    ...shown,
    cache_mode: shown['cache_mode'] ?? null,
    voices: voices.map((voice) => renderAgentVoice(agent, voice)),
  };
}
