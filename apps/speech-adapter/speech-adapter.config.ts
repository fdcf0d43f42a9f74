import { sharedConfig } from '@callplane/config';
import { join, resolve } from 'node:path';
import { z } from 'zod';

export const speechAdapterConfig = sharedConfig.extend({
  CALLPLANE_HOME: z.string().default('.callplane').describe('Folder of caches and generated files.'),
  CALLPLANE_SPEECH_PYTHON: z
    .string()
    .optional()
    .describe('Python that has pocketsphinx; default: the one of CALLPLANE_SPEECH_VENV.'),
  CALLPLANE_SPEECH_VENV: z
    .string()
    .optional()
    .describe('Virtual environment of the local recogniser; default: speech-venv in CALLPLANE_HOME.'),
  SPEECH_RECOGNISER_PROCESSES: z.coerce
    .number()
    .int()
    .positive()
    .optional()
    .describe('Most recogniser processes; default: one a core.'),
  SPEECH_MAX_STREAMS: z.coerce
    .number()
    .int()
    .positive()
    .default(200)
    .describe('Most streams of each direction in this process; further ones are refused as busy.'),
  SPEECH_INSTANT_PROVIDERS: z
    .enum(['0', '1'])
    .default('0')
    .describe('1 = also offer the providers named `instant`, which fake speech for benches.'),
  SPEECH_INSTANT_TEXT: z.string().default('hello').describe('What the `instant` recogniser hears from everyone.'),
  SPEECH_INSTANT_AFTER_MS: z.coerce
    .number()
    .int()
    .positive()
    .default(200)
    .describe('ms of sound after which the `instant` recogniser gives its text.'),
  SPEECH_INSTANT_MS_PER_CHARACTER: z.coerce
    .number()
    .positive()
    .default(60)
    .describe('ms of tone the `instant` voice plays for each character.'),
});
export type SpeechAdapterConfig = z.infer<typeof speechAdapterConfig>;

/** The Python the local recogniser runs with. */
export function recogniserPython(config: SpeechAdapterConfig): string {
  if (config.CALLPLANE_SPEECH_PYTHON !== undefined) return resolve(config.CALLPLANE_SPEECH_PYTHON);
  return resolve(config.CALLPLANE_SPEECH_VENV ?? join(config.CALLPLANE_HOME, 'speech-venv'), 'bin', 'python');
}
