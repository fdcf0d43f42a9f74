import type { UpdatePipe } from '@callplane/contracts';
import type { PipeFields } from '@callplane/persistence';
import { keepSettings, onlyGiven } from '../keep-settings.ts';

/** Fields of a pipe that have a column, or are made by the server. */
const RESERVED = new Set([
  'pipe_id',
  'name',
  'project_id',
  'agent_id',
  'voice_profile',
  'voice_profile_id',
  'greeting',
  'recording',
  'max_call_duration_s',
  'status',
  'is_default',
  'number',
  'number_id',
  'created',
  'modified',
]);

/** The columns that a body sets; what it leaves out is left out here. */
export function readColumns(body: UpdatePipe): Partial<PipeFields> {
  return {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.agent_id === undefined ? {} : { agentId: body.agent_id }),
    ...(body.greeting === undefined ? {} : { greeting: body.greeting }),
    ...onlyGiven({ recording: body.recording, maxCallDurationS: body.max_call_duration_s }),
  };
}

/** The settings after a change: null takes one back to its default, except `silence_s`, where null switches it off. */
export function mergeSettings(before: Record<string, unknown>, body: UpdatePipe): Record<string, unknown> {
  return keepSettings({ ...before, ...body }, RESERVED);
}
