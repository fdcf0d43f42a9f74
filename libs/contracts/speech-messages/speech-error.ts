import { z } from 'zod';

/** Why the speech adapter refused or lost a stream; stable, safe to branch on. */
export const SPEECH_ERROR_CODES = [
  /** The request does not fit its schema. */
  'bad-request',
  /** No provider of that name, or one that this deployment has not switched on. */
  'provider-unknown',
  /** A part of the provider is not installed; the message is one sentence with the command that adds it. */
  'provider-missing',
  /** The provider does not do this language. */
  'language-unsupported',
  /** The provider has no such voice. */
  'voice-unknown',
  /** This worker has all the streams it may have, or is shutting down. */
  'busy',
  /** The engine died and could not be brought back, or said something impossible. */
  'engine-failed',
  /** Nothing came in for the idle time. */
  'idle',
  /** A bug in the adapter. */
  'internal',
] as const;

/** One of `SPEECH_ERROR_CODES`. */
export type SpeechErrorCode = (typeof SPEECH_ERROR_CODES)[number];

/** A request for a stream was turned down; `message` is one sentence for an operator. */
export const SpeechRefusal = z.object({
  ok: z.literal(false),
  code: z.enum(SPEECH_ERROR_CODES),
  message: z.string(),
});
export type SpeechRefusal = z.infer<typeof SpeechRefusal>;
