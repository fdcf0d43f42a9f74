import type { SpeechErrorCode } from '@callplane/contracts';

/** How samples are written; both are mono. */
export type AudioFormat = { encoding: 'pcm_s16le' | 'mulaw'; sampleRate: 8000 | 16000 | 24000 };

/** What the caller is likely to say; an engine that can, prefers these words. */
export interface SttHints {
  phrases: readonly string[];
}

/** A part of a provider that is not installed; `sentence` names it and the command that adds it. */
export interface MissingPart {
  part: string;
  sentence: string;
}

/** Whether a provider can work now. Without its missing parts it may still do some of its work. */
export interface Health {
  ok: boolean;
  missing: readonly MissingPart[];
}

export interface Word {
  text: string;
  startMs: number;
  endMs: number;
}

/** Times are milliseconds of the stream's audio, never of the clock; `sttMs` alone is wall time. */
export type SttEvent =
  | { t: 'speech-start'; atMs: number }
  | { t: 'partial'; text: string; atMs: number }
  | { t: 'final'; text: string; confidence?: number; startMs: number; endMs: number; sttMs: number; words?: Word[] }
  | { t: 'speech-end'; atMs: number }
  | { t: 'usage'; audioMs: number }
  | { t: 'warning'; code: string; message: string };

/** An expected failure of a provider: the code is the one the requester gets. */
export class SpeechError extends Error {
  readonly code: SpeechErrorCode;
  constructor(code: SpeechErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SpeechError';
    this.code = code;
  }
}

/** One caller's speech on its way to text. A failure is thrown by the iterator, once; it is never only emitted. */
export interface SttStream extends AsyncIterable<SttEvent> {
  /** Audio in the opened format, copied before this returns. False asks the writer to slow down; the audio was taken. */
  write(chunk: Uint8Array): boolean;
  /** Takes effect at the next utterance. */
  setHints(hints: SttHints): void;
  /** Asks for the final of the running utterance now; nothing happens when nobody speaks. */
  endUtterance(): void;
  /** Idempotent; the iterator always ends, within two seconds. */
  close(): Promise<void>;
}

export interface SttOpenOptions {
  format: AudioFormat;
  language: string;
  hints?: SttHints;
  /** Silence that ends an utterance; 300 unless told. */
  hangoverMs?: number;
  signal: AbortSignal;
}

export interface SttProvider {
  readonly id: string;
  readonly caps: {
    streaming: boolean;
    partials: boolean;
    endpointing: 'server' | 'local';
    formats: readonly AudioFormat[];
    languages: readonly string[] | '*';
    hints: 'phrases' | 'grammar' | 'none';
  };
  /** Rejects with a `SpeechError` when the stream cannot be had. */
  open(options: SttOpenOptions): Promise<SttStream>;
  health(): Promise<Health>;
  /** Ends every process and stream of the provider. */
  close(): Promise<void>;
}

/** A piece of synthesised speech, in the opened format. `last` ends the segment and may come with no audio. */
export interface TtsChunk {
  segment: number;
  pcm: Int16Array;
  /** Milliseconds of this segment's audio before this chunk. */
  offsetMs: number;
  last: boolean;
  /** The segment failed; nothing more of it follows. The stream goes on with the next one. */
  error?: SpeechError;
}

/** Text on its way to speech. Segments are spoken in order; each ends with one chunk marked `last`. */
export interface TtsStream extends AsyncIterable<TtsChunk> {
  speak(segment: number, text: string): void;
  /** Drops everything not yet taken from the iterator and stops the engine; segments spoken later are not affected. */
  cancel(): void;
  /** Idempotent; drops what is left, and the iterator ends. */
  close(): Promise<void>;
}

export interface Voice {
  id: string;
  languages: readonly string[] | '*';
}

export interface TtsOpenOptions {
  voice: string;
  format: AudioFormat;
  language: string;
  signal: AbortSignal;
}

export interface TtsProvider {
  readonly id: string;
  readonly caps: {
    textStreaming: boolean;
    formats: readonly AudioFormat[];
    voices: readonly Voice[];
    cancel: 'remote' | 'local';
  };
  /** Rejects with a `SpeechError` when the voice cannot be had. */
  open(options: TtsOpenOptions): Promise<TtsStream>;
  health(): Promise<Health>;
  close(): Promise<void>;
}

/** Judges windows of 512 samples at 16 kHz (-1 to 1), one after the other: is this speech? */
export interface VadStream {
  isSpeech(window: Float32Array): boolean;
  /** Idempotent; gives the detector back. It must not be used any more. */
  close(): void;
}

/** A voice activity detector. When an utterance begins and ends is not its business, but its user's. */
export interface VadProvider {
  open(): VadStream;
}
