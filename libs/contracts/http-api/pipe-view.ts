import { z } from 'zod';
import { voiceOptionsSchema } from './agent-view.ts';
import { callSettingsSchema } from './call-settings.ts';

const text = (max: number): z.ZodOptional<z.ZodNullable<z.ZodString>> => z.string().min(1).max(max).nullish();

const pipeFields = {
  voice_profile: text(200).meta({ description: 'Id or name of a voice profile; default: the first one.' }),
  voice_profile_id: text(200),
  agent_id: text(200).meta({ description: 'The agent that talks on calls through this pipe.' }),
  greeting: text(2000),
  recording: z.boolean().nullish(),
  max_call_duration_s: z.number().int().min(1).max(86_400).nullish(),
  first_speaker: text(100),
  fillers: z.record(z.string(), z.unknown()).nullish(),
  ...voiceOptionsSchema.shape,
  ...callSettingsSchema.shape,
};

/** Body of `POST .../pipes`. Names the platform does not know are kept and shown. */
export const createPipeSchema = z.looseObject({ name: z.string().min(1).max(200), ...pipeFields });
export type CreatePipe = z.infer<typeof createPipeSchema>;

/** Body of `PATCH .../pipes/{pipe_id}`: only what is given changes; null takes a setting back to its default. */
export const updatePipeSchema = z.looseObject({ name: z.string().min(1).max(200).optional(), ...pipeFields });
export type UpdatePipe = z.infer<typeof updatePipeSchema>;

/** What a pipe is rendered from. */
export interface PipeRecord {
  id: string;
  accountId: string;
  name: string;
  agentId: string | null;
  voiceProfileId: string | null;
  greeting: string | null;
  isDefault: boolean;
  recording: boolean;
  maxCallDurationS: number;
  settings: Record<string, unknown>;
  createdAt: Date;
  modifiedAt: Date;
  /** The first number attached to it. */
  number: { id: string; number: string } | null;
}

/** The SDK's `Pipe`, with our call settings beside it. */
export const pipeSchema = z
  .looseObject({
    pipe_id: z.string(),
    name: z.string(),
    project_id: z.string(),
    recording: z.boolean(),
    max_call_duration_s: z.int(),
    status: z.string(),
    background_sound_enabled: z.boolean(),
    fillers: z.record(z.string(), z.unknown()),
    voice_profile_id: z.string().nullable(),
    agent_id: z.string().nullable(),
    greeting: z.string().nullable(),
    is_default: z.boolean(),
    number_id: z.string().nullable(),
    number: z.string().nullable(),
    created: z.iso.datetime(),
    modified: z.iso.datetime(),
  })
  .meta({ id: 'Pipe' });

/** A pipe as REST shows it: its settings at the top level, as they were given. */
export function renderPipe(pipe: PipeRecord): Record<string, unknown> {
  return {
    ...pipe.settings,
    pipe_id: pipe.id,
    name: pipe.name,
    project_id: pipe.accountId,
    recording: pipe.recording,
    max_call_duration_s: pipe.maxCallDurationS,
    status: 'active',
    background_sound_enabled: pipe.settings['background_sound_enabled'] ?? false,
    fillers: pipe.settings['fillers'] ?? {},
    voice_profile_id: pipe.voiceProfileId,
    agent_id: pipe.agentId,
    greeting: pipe.greeting,
    is_default: pipe.isDefault,
    number_id: pipe.number?.id ?? null,
    number: pipe.number?.number ?? null,
    created: pipe.createdAt.toISOString(),
    modified: pipe.modifiedAt.toISOString(),
  };
}
