/**
 * Audio on core NATS: a small little-endian header and 16-bit little-endian mono PCM, one frame a message.
 * Samples are read and written in host order, which is little-endian on every machine we support (x64, arm64).
 */

/** Bytes before the samples of an audio frame from the caller. */
export const AUDIO_FRAME_HEADER_BYTES = 16;

/** Bytes before the samples of an audio frame of synthesised speech. */
export const SPOKEN_FRAME_HEADER_BYTES = 20;

/** A frame of the caller's voice, on the way to a recogniser. */
export interface AudioFrame {
  /** Counts from 0 by one a frame, wraps at 2^32. */
  sequence: number;
  /** Samples a second. */
  sampleRate: number;
  /** When the first sample was captured, milliseconds since the epoch. */
  captureTimeMs: number;
  pcm: Int16Array;
}

/** A frame of synthesised speech, on the way to the room. */
export interface SpokenFrame {
  /** Counts from 0 by one a frame of this stream, wraps at 2^32. */
  sequence: number;
  sampleRate: number;
  /** The `segment` of the speak message this audio belongs to; 0 on a frame that belongs to none. */
  segment: number;
  /** Nothing more of this segment follows; the frame may be empty. */
  last: boolean;
  /** The segment (or, with segment 0, the stream) failed; always with `last`. Then `error` says why, and `pcm` is empty. */
  failed: boolean;
  /** A sign of life sent once a second by an open stream; carries no audio and belongs to no segment. */
  alive: boolean;
  /** Milliseconds of this segment's audio before this frame. */
  offsetMs: number;
  pcm: Int16Array;
  error?: { code: string; message: string };
}

const LAST = 1;
const FAILED = 2;
const ALIVE = 4;

/** The bytes of a frame of the caller's voice. */
export function encodeAudioFrame(frame: AudioFrame): Uint8Array {
  const bytes = new Uint8Array(AUDIO_FRAME_HEADER_BYTES + frame.pcm.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, frame.sequence >>> 0, true);
  view.setUint32(4, frame.sampleRate, true);
  view.setFloat64(8, frame.captureTimeMs, true);
  bytes.set(bytesOf(frame.pcm), AUDIO_FRAME_HEADER_BYTES);
  return bytes;
}

/** The frame in these bytes, its samples copied; undefined when they are no frame (too short, odd length, no sample rate). */
export function decodeAudioFrame(bytes: Uint8Array): AudioFrame | undefined {
  const length = bytes.byteLength - AUDIO_FRAME_HEADER_BYTES;
  if (length < 0 || length % 2 !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sampleRate = view.getUint32(4, true);
  if (sampleRate === 0) return undefined;
  return {
    sequence: view.getUint32(0, true),
    sampleRate,
    captureTimeMs: view.getFloat64(8, true),
    pcm: samplesOf(bytes.subarray(AUDIO_FRAME_HEADER_BYTES)),
  };
}

/** The bytes of a frame of synthesised speech. A failed frame carries `error` as JSON in the place of samples. */
export function encodeSpokenFrame(frame: SpokenFrame): Uint8Array {
  const body = frame.failed ? new TextEncoder().encode(JSON.stringify(frame.error ?? {})) : bytesOf(frame.pcm);
  const bytes = new Uint8Array(SPOKEN_FRAME_HEADER_BYTES + body.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, frame.sequence >>> 0, true);
  view.setUint32(4, frame.sampleRate, true);
  view.setUint32(8, frame.segment, true);
  view.setUint32(12, (frame.last ? LAST : 0) | (frame.failed ? FAILED : 0) | (frame.alive ? ALIVE : 0), true);
  view.setUint32(16, Math.round(frame.offsetMs), true);
  bytes.set(body, SPOKEN_FRAME_HEADER_BYTES);
  return bytes;
}

/** The frame of synthesised speech in these bytes, its samples copied; undefined when they are no such frame. */
export function decodeSpokenFrame(bytes: Uint8Array): SpokenFrame | undefined {
  const length = bytes.byteLength - SPOKEN_FRAME_HEADER_BYTES;
  if (length < 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sampleRate = view.getUint32(4, true);
  const flags = view.getUint32(12, true);
  const failed = (flags & FAILED) !== 0;
  if (sampleRate === 0 || (!failed && length % 2 !== 0)) return undefined;
  const body = bytes.subarray(SPOKEN_FRAME_HEADER_BYTES);
  return {
    sequence: view.getUint32(0, true),
    sampleRate,
    segment: view.getUint32(8, true),
    last: (flags & LAST) !== 0,
    failed,
    alive: (flags & ALIVE) !== 0,
    offsetMs: view.getUint32(16, true),
    pcm: failed ? new Int16Array(0) : samplesOf(body),
    ...(failed ? { error: errorIn(body) } : {}),
  };
}

function bytesOf(pcm: Int16Array): Uint8Array {
  return new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
}

function samplesOf(bytes: Uint8Array): Int16Array {
  const pcm = new Int16Array(bytes.byteLength / 2);
  bytesOf(pcm).set(bytes);
  return pcm;
}

function errorIn(body: Uint8Array): { code: string; message: string } {
  try {
    const said = JSON.parse(new TextDecoder().decode(body)) as { code?: unknown; message?: unknown } | null;
    if (typeof said?.code === 'string' && typeof said.message === 'string')
      return { code: said.code, message: said.message };
  } catch {
    // Not JSON: the flag alone already says that the segment failed.
  }
  return { code: 'internal', message: 'the speech engine failed' };
}
