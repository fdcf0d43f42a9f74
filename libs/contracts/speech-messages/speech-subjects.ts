import { z } from 'zod';

/** Queue group of the speech adapter: one of its workers takes a request, whichever is free. */
export const SPEECH_QUEUE_GROUP = 'speech-adapter';

/** Request subject: open a speech-to-text stream for a call's caller. */
export const HEAR_CALLER_SUBJECT = 'speech.command.hear-caller';

/** Request subject: open a text-to-speech stream towards a call's caller. */
export const SPEAK_TO_CALLER_SUBJECT = 'speech.command.speak-to-caller';

/** One NATS token: letters, digits, `_` and `-`, so that an id can be a part of a subject. */
export const SubjectToken = z.string().regex(/^[A-Za-z0-9_-]{1,80}$/, 'letters, digits, _ and - only (1 to 80)');

/** A concrete subject, without wildcards: it may be published to. */
export const ConcreteSubject = z
  .string()
  .max(256)
  .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/, 'a subject without wildcards');

/** Where the caller's audio frames of a stream go: straight to the worker that accepted it. */
export function hearAudioSubject(worker: string, streamId: string): string {
  return `speech.live.caller-audio.${worker}.${streamId}`;
}

/** Where control messages of a hearing stream go. */
export function hearControlSubject(worker: string, streamId: string): string {
  return `speech.live.hear-control.${worker}.${streamId}`;
}

/** A subject for the events of a hearing stream; the requester picks it and passes it as `eventSubject`. */
export function hearEventSubject(streamId: string): string {
  return `speech.live.hear-event.${streamId}`;
}

/** Where the text messages of a speaking stream go. */
export function speakTextSubject(worker: string, streamId: string): string {
  return `speech.live.speak-text.${worker}.${streamId}`;
}

/** A subject for the audio of a speaking stream; the requester picks it and passes it as `audioSubject`. */
export function speakAudioSubject(streamId: string): string {
  return `speech.live.agent-audio.${streamId}`;
}
