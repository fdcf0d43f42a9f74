import { z } from 'zod';
import { SPEECH_ERROR_CODES, SpeechRefusal } from './speech-error.ts';
import { ConcreteSubject, SubjectToken } from './speech-subjects.ts';

/** What the caller is likely to say: expected answers, names, products. Sentences or single words. */
export const HearHints = z.object({ phrases: z.array(z.string().max(400)).max(5000) });
export type HearHints = z.infer<typeof HearHints>;

/** Asks for a speech-to-text stream: 16-bit mono PCM in, events out on `eventSubject`. */
export const HearCallerRequest = z.object({
  streamId: SubjectToken,
  callId: z.string().min(1).max(80),
  provider: z.string().min(1).max(80),
  /** BCP 47, for example `en` or `en-US`. */
  language: z.string().min(2).max(35),
  sampleRate: z.union([z.literal(8000), z.literal(16000)]),
  hints: HearHints.optional(),
  /** Silence, in milliseconds, that ends an utterance; 300 unless told. */
  hangoverMs: z.number().int().min(100).max(5000).optional(),
  eventSubject: ConcreteSubject,
});
export type HearCallerRequest = z.infer<typeof HearCallerRequest>;

/** The worker that took the stream, and where its audio and its control messages go. */
export const HearCallerReply = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), worker: z.string(), audioSubject: z.string(), controlSubject: z.string() }),
  SpeechRefusal,
]);
export type HearCallerReply = z.infer<typeof HearCallerReply>;

const ms = z.number().nonnegative();

/**
 * What a hearing stream reports. Times are milliseconds of the stream's audio, counted from its first frame.
 * The order of one utterance: `speech-start`, any number of `partial`, `speech-end`, and exactly one `final`.
 * A `final` may carry an empty text: someone made a sound like speech, and no words were found in it.
 */
export const HearEvent = z.discriminatedUnion('t', [
  z.object({ t: z.literal('speech-start'), atMs: ms }),
  z.object({ t: z.literal('partial'), text: z.string(), atMs: ms }),
  z.object({
    t: z.literal('final'),
    text: z.string(),
    startMs: ms,
    endMs: ms,
    /** Wall milliseconds from the decision that speech had ended to this text. */
    sttMs: ms,
    confidence: z.number().min(0).max(1).optional(),
  }),
  z.object({ t: z.literal('speech-end'), atMs: ms }),
  /** Audio heard so far that counts as use of the provider. */
  z.object({ t: z.literal('usage'), audioMs: ms }),
  /** Something the operator should know; the stream goes on. */
  z.object({ t: z.literal('warning'), code: z.string(), message: z.string() }),
  /** The stream is lost; `closed` follows. */
  z.object({ t: z.literal('error'), code: z.enum(SPEECH_ERROR_CODES), message: z.string() }),
  /** Once a second while the stream is open; three missed ones mean that the worker is gone. */
  z.object({ t: z.literal('alive') }),
  /** The last event of a stream. */
  z.object({ t: z.literal('closed') }),
]);
export type HearEvent = z.infer<typeof HearEvent>;

/** Orders to an open hearing stream. Audio keeps a stream alive; one that hears nothing for 30 s needs a `ping`. */
export const HearControl = z.discriminatedUnion('t', [
  /** Ask for the final of a running utterance now; without one, nothing happens. */
  z.object({ t: z.literal('end-utterance') }),
  /** Other hints from the next utterance on. */
  z.object({ t: z.literal('set-hints'), hints: HearHints }),
  z.object({ t: z.literal('ping') }),
  z.object({ t: z.literal('close') }),
]);
export type HearControl = z.infer<typeof HearControl>;
