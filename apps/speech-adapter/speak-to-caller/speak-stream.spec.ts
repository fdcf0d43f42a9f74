import { decodeSpokenFrame, type SpeakToCallerRequest } from '@callplane/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryBus, QUIET_LOG } from '../memory-bus.suite.ts';
import { InstantTts } from '../providers/instant/instant-tts.ts';
import { SegmentStream } from '../providers/segment-stream.ts';
import { SpeechError, type TtsStream } from '../providers/speech-provider.ts';
import { SpeakStream } from './speak-stream.ts';

const request: SpeakToCallerRequest = {
  streamId: 'st1',
  callId: 'cal_1',
  provider: 'instant',
  voice: 'default',
  language: 'en',
  sampleRate: 16000,
  audioSubject: 'speech.live.agent-audio.st1',
};

let bus: MemoryBus;
let onClosed: () => void;
const frames = () => bus.on(request.audioSubject).map((bytes) => decodeSpokenFrame(bytes)!);
const sound = () => frames().filter((frame) => !frame.alive);
const spokenMs = (segment: number) =>
  frames()
    .filter((frame) => frame.segment === segment)
    .reduce((sum, frame) => sum + frame.pcm.length / 16, 0);
const tell = (stream: SpeakStream, order: unknown) =>
  bus.publish(stream.textSubject, new TextEncoder().encode(JSON.stringify(order)));
const openOver = (tts: TtsStream) =>
  new SpeakStream(tts, { bus, worker: 'w1', request, log: QUIET_LOG, onClosed, idleLimitMs: 3000 });
const openInstant = async () => {
  const provider = new InstantTts({ msPerCharacter: 100 });
  const format = { encoding: 'pcm_s16le', sampleRate: 16000 } as const;
  return openOver(
    await provider.open({ voice: 'default', language: 'en', format, signal: new AbortController().signal }),
  );
};

beforeEach(() => {
  vi.useFakeTimers();
  bus = new MemoryBus();
  onClosed = vi.fn();
});
afterEach(() => void vi.useRealTimers());

describe('a speaking stream', () => {
  it('sends segments in order, each ended once, numbered frame by frame', async () => {
    const stream = await openInstant();
    tell(stream, { t: 'speak', segment: 7, text: 'ab' });
    tell(stream, { t: 'speak', segment: 8, text: 'abc' });
    await vi.advanceTimersByTimeAsync(1);
    expect(frames().map((frame) => frame.sequence)).toEqual(frames().map((_, i) => i));
    expect(
      frames()
        .filter((frame) => frame.last)
        .map((frame) => frame.segment),
    ).toEqual([7, 8]);
    expect([spokenMs(7), spokenMs(8)]).toEqual([200, 300]);
    tell(stream, { t: 'close' });
    await vi.advanceTimersByTimeAsync(1);
    expect(onClosed).toHaveBeenCalledOnce();
    expect(bus.subscribers).toBe(0);
  });

  it('runs ten seconds ahead of what can have been played, and no more', async () => {
    const stream = await openInstant();
    tell(stream, { t: 'speak', segment: 1, text: 'x'.repeat(200) });
    await vi.advanceTimersByTimeAsync(10);
    expect(spokenMs(1)).toBeGreaterThan(9900);
    expect(spokenMs(1)).toBeLessThan(10_300);
    await vi.advanceTimersByTimeAsync(5000);
    expect(spokenMs(1)).toBeGreaterThan(14_900);
    expect(spokenMs(1)).toBeLessThan(15_300);
    await vi.advanceTimersByTimeAsync(6000);
    expect(spokenMs(1)).toBe(20_000);
    expect(sound().at(-1)).toMatchObject({ last: true });
    await stream.close();
  });

  it('sends nothing of earlier segments after a cancel, also of the chunk that waited for its time', async () => {
    const stream = await openInstant();
    tell(stream, { t: 'speak', segment: 1, text: 'x'.repeat(200) });
    await vi.advanceTimersByTimeAsync(1000);
    tell(stream, { t: 'cancel' });
    const before = sound().length;
    tell(stream, { t: 'speak', segment: 2, text: 'ab' });
    await vi.advanceTimersByTimeAsync(20);
    expect(
      new Set(
        sound()
          .slice(before)
          .map((frame) => frame.segment),
      ),
    ).toEqual(new Set([2]));
    expect(spokenMs(2)).toBe(200);
    await stream.close();
  });

  it('says once a second that it lives, and ends when nobody talks to it', async () => {
    const stream = await openInstant();
    await vi.advanceTimersByTimeAsync(2500);
    tell(stream, { t: 'ping' });
    tell(stream, { t: 'nonsense' });
    await vi.advanceTimersByTimeAsync(2600);
    expect(frames().map((frame) => frame.alive)).toEqual([true, true, true, true, true]);
    await vi.advanceTimersByTimeAsync(3000);
    expect(frames().at(-1)).toMatchObject({ segment: 0, last: true, failed: true, error: { code: 'idle' } });
    expect(onClosed).toHaveBeenCalledOnce();
  });

  it('does not take a long speech for idleness', async () => {
    const stream = await openInstant();
    tell(stream, { t: 'speak', segment: 1, text: 'x'.repeat(300) });
    await vi.advanceTimersByTimeAsync(15_000);
    expect(onClosed).not.toHaveBeenCalled();
    await stream.close();
  });

  it('reports a failed segment and speaks the next', async () => {
    let tries = 0;
    const options = { sampleRate: 16000, signal: new AbortController().signal, onClose: () => undefined };
    const tts = new SegmentStream(options, async function* () {
      if (++tries === 1) throw new Error('no voice today');
      yield await Promise.resolve(new Int16Array(160));
    });
    const stream = openOver(tts);
    tell(stream, { t: 'speak', segment: 1, text: 'one' });
    tell(stream, { t: 'speak', segment: 2, text: 'two' });
    await vi.advanceTimersByTimeAsync(1);
    expect(sound()).toEqual([
      expect.objectContaining({ segment: 1, last: true, failed: true }),
      expect.objectContaining({ segment: 2, last: true, failed: false }),
    ]);
    expect(sound()[0]?.error).toEqual({ code: 'engine-failed', message: 'no voice today' });
    await stream.close();
  });

  it('reports a lost engine, and ends', async () => {
    const tts: TtsStream = {
      speak: () => undefined,
      cancel: () => undefined,
      close: () => Promise.resolve(),
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new SpeechError('engine-failed', 'gone')) }),
    };
    openOver(tts);
    await vi.advanceTimersByTimeAsync(1);
    expect(sound()).toEqual([expect.objectContaining({ segment: 0, failed: true })]);
    expect(onClosed).toHaveBeenCalledOnce();
  });
});
