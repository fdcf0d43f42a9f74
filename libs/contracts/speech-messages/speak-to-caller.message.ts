import { z } from 'zod';
import { SpeechRefusal } from './speech-error.ts';
import { ConcreteSubject, SubjectToken } from './speech-subjects.ts';

/** Asks for a text-to-speech stream: text in, frames of 16-bit mono PCM out on `audioSubject` (see `SpokenFrame`). */
export const SpeakToCallerRequest = z.object({
  streamId: SubjectToken,
  callId: z.string().min(1).max(80),
  provider: z.string().min(1).max(80),
  /** The provider's own voice id, for example `flite:rms` or `espeak:en`; `default` leaves the choice to the provider. */
  voice: z.string().min(1).max(120),
  /** BCP 47, for example `en` or `hi-IN`. */
  language: z.string().min(2).max(35),
  sampleRate: z.union([z.literal(8000), z.literal(16000), z.literal(24000)]),
  audioSubject: ConcreteSubject,
});
export type SpeakToCallerRequest = z.infer<typeof SpeakToCallerRequest>;

/** The worker that took the stream, and where its text messages go. */
export const SpeakToCallerReply = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), worker: z.string(), textSubject: z.string() }),
  SpeechRefusal,
]);
export type SpeakToCallerReply = z.infer<typeof SpeakToCallerReply>;

/**
 * Orders to an open speaking stream. Segments are spoken in the order they arrive, and each ends with one `last` frame.
 * After `cancel` no more audio of earlier segments is sent, not even their `last` frame.
 * A stream that hears no message for 30 s and has nothing left to say closes; `ping` keeps it.
 */
export const SpeakText = z.discriminatedUnion('t', [
  z.object({ t: z.literal('speak'), segment: z.number().int().min(1).max(0xffffffff), text: z.string().max(10000) }),
  z.object({ t: z.literal('cancel') }),
  z.object({ t: z.literal('ping') }),
  z.object({ t: z.literal('close') }),
]);
export type SpeakText = z.infer<typeof SpeakText>;
