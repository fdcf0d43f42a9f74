import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AUDIO_FRAME_HEADER_BYTES,
  decodeAudioFrame,
  decodeSpeechMessage,
  decodeSpokenFrame,
  encodeAudioFrame,
  encodeSpeechMessage,
  encodeSpokenFrame,
  hearAudioSubject,
  HearCallerReply,
  HearCallerRequest,
  hearControlSubject,
  HearEvent,
  hearEventSubject,
  speakAudioSubject,
  speakTextSubject,
  SPOKEN_FRAME_HEADER_BYTES,
} from './index.ts';

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const samples = fc.array(fc.integer({ min: -32768, max: 32767 }), { maxLength: 50 }).map((all) => Int16Array.from(all));

/** The same bytes somewhere inside a larger buffer, at an odd place: what a network client hands out. */
function misplaced(bytes: Uint8Array): Uint8Array {
  const buffer = new Uint8Array(bytes.length + 3);
  buffer.set(bytes, 3);
  return buffer.subarray(3);
}

describe('an audio frame', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(u32, samples, fc.double({ noNaN: true }), (sequence, pcm, captureTimeMs) => {
        const frame = { sequence, sampleRate: 8000, captureTimeMs, pcm };
        expect(decodeAudioFrame(misplaced(encodeAudioFrame(frame)))).toEqual(frame);
      }),
    );
  });

  it('is laid out as documented', () => {
    const pcm = Int16Array.of(1, -2);
    const bytes = encodeAudioFrame({ sequence: 0x01020304, sampleRate: 16000, captureTimeMs: 1.5, pcm });
    expect([...bytes]).toEqual([4, 3, 2, 1, 0x80, 0x3e, 0, 0, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 1, 0, 0xfe, 0xff]);
    expect(AUDIO_FRAME_HEADER_BYTES).toBe(16);
  });

  it('copies its samples', () => {
    const bytes = encodeAudioFrame({ sequence: 0, sampleRate: 8000, captureTimeMs: 0, pcm: Int16Array.of(7) });
    const frame = decodeAudioFrame(bytes);
    bytes.fill(0);
    expect(frame?.pcm[0]).toBe(7);
  });

  it('is not found in bytes that are none', () => {
    expect(decodeAudioFrame(new Uint8Array(15))).toBeUndefined();
    expect(decodeAudioFrame(new Uint8Array(16))).toBeUndefined();
    const odd = new Uint8Array(17);
    odd[4] = 1;
    expect(decodeAudioFrame(odd)).toBeUndefined();
  });
});

describe('a spoken frame', () => {
  it('comes back as it was', () => {
    const flags = fc.record({ last: fc.boolean(), alive: fc.boolean() });
    fc.assert(
      fc.property(u32, u32, u32, samples, flags, (sequence, segment, offsetMs, pcm, { last, alive }) => {
        const frame = { sequence, sampleRate: 24000, segment, last, failed: false, alive, offsetMs, pcm };
        expect(decodeSpokenFrame(misplaced(encodeSpokenFrame(frame)))).toEqual(frame);
      }),
    );
  });

  it('carries why a segment failed, in the place of samples', () => {
    const blank = { sequence: 1, sampleRate: 8000, segment: 2, last: true, failed: true, alive: false, offsetMs: 0 };
    const frame = { ...blank, pcm: new Int16Array(0), error: { code: 'engine-failed', message: 'ü' } };
    const bytes = encodeSpokenFrame(frame);
    expect(decodeSpokenFrame(bytes)).toEqual(frame);
    const unexplained = { code: 'internal', message: 'the speech engine failed' };
    expect(decodeSpokenFrame(bytes.subarray(0, SPOKEN_FRAME_HEADER_BYTES))?.error).toEqual(unexplained);
    expect(decodeSpokenFrame(encodeSpokenFrame({ ...blank, pcm: new Int16Array(0) }))?.error).toEqual(unexplained);
  });

  it('is not found in bytes that are none', () => {
    expect(decodeSpokenFrame(new Uint8Array(19))).toBeUndefined();
    expect(decodeSpokenFrame(new Uint8Array(20))).toBeUndefined();
  });
});

describe('a message', () => {
  it('comes back without what its schema does not know', () => {
    const bytes = encodeSpeechMessage(HearEvent, { t: 'speech-start', atMs: 32 });
    expect(decodeSpeechMessage(HearEvent, bytes)).toEqual({ t: 'speech-start', atMs: 32 });
    const more = new TextEncoder().encode('{"t":"speech-start","atMs":1,"new":true}');
    expect(decodeSpeechMessage(HearEvent, more)).toEqual({ t: 'speech-start', atMs: 1 });
  });

  it('is undefined when it is not one, and a bug when we make it', () => {
    expect(decodeSpeechMessage(HearEvent, new TextEncoder().encode('{"t":"other"}'))).toBeUndefined();
    expect(decodeSpeechMessage(HearEvent, new TextEncoder().encode('{'))).toBeUndefined();
    expect(() => encodeSpeechMessage(HearEvent, { t: 'speech-start', atMs: -1 })).toThrow();
  });

  it('refuses ids and subjects that would reach other subjects', () => {
    const request = {
      streamId: 'st_1',
      callId: 'cal_1',
      provider: 'local',
      language: 'en',
      sampleRate: 8000,
      eventSubject: hearEventSubject('st_1'),
    };
    expect(HearCallerRequest.safeParse(request).success).toBe(true);
    for (const streamId of ['', 'a.b', 'a b', '*', '>']) {
      expect(HearCallerRequest.safeParse({ ...request, streamId }).success).toBe(false);
    }
    for (const eventSubject of ['', 'a..b', 'a.*', '>', 'a b', '.a']) {
      expect(HearCallerRequest.safeParse({ ...request, eventSubject }).success).toBe(false);
    }
  });

  it('answers either with the stream or with a reason', () => {
    const refusal = { ok: false, code: 'busy', message: 'full' };
    expect(HearCallerReply.parse(refusal)).toEqual(refusal);
    expect(HearCallerReply.safeParse({ ok: false, code: 'whatever', message: '' }).success).toBe(false);
  });
});

it('puts the worker and the stream last in every subject', () => {
  expect([
    hearAudioSubject('w', 's'),
    hearControlSubject('w', 's'),
    hearEventSubject('s'),
    speakTextSubject('w', 's'),
    speakAudioSubject('s'),
  ]).toEqual([
    'speech.live.caller-audio.w.s',
    'speech.live.hear-control.w.s',
    'speech.live.hear-event.s',
    'speech.live.speak-text.w.s',
    'speech.live.agent-audio.s',
  ]);
});
