import { decodeSpeechMessage, encodeAudioFrame, HearEvent, type HearCallerRequest } from '@callplane/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryBus, QUIET_LOG } from '../memory-bus.suite.ts';
import { EventQueue } from '../providers/event-queue.ts';
import { InstantStt } from '../providers/instant/instant-stt.ts';
import { SpeechError, type SttEvent, type SttStream } from '../providers/speech-provider.ts';
import { HearStream } from './hear-stream.ts';

const request: HearCallerRequest = {
  streamId: 'st1',
  callId: 'cal_1',
  provider: 'instant',
  language: 'en',
  sampleRate: 8000,
  eventSubject: 'speech.live.hear-event.st1',
};
const loud = Int16Array.from({ length: 160 }, (_, i) => 8000 * Math.sin(i));

let bus: MemoryBus;
let onClosed: () => void;
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const events = () => bus.on(request.eventSubject).map((bytes) => decodeSpeechMessage(HearEvent, bytes));
const openInstant = async () => {
  const provider = new InstantStt({ text: 'hello there', afterMs: 100 });
  const format = { encoding: 'pcm_s16le', sampleRate: 8000 } as const;
  const stt = await provider.open({ format, language: 'en', signal: new AbortController().signal });
  return new HearStream(stt, { bus, worker: 'w1', request, log: QUIET_LOG, onClosed, idleLimitMs: 3000 });
};

beforeEach(() => {
  vi.useFakeTimers();
  bus = new MemoryBus();
  onClosed = vi.fn();
});
afterEach(() => void vi.useRealTimers());

describe('a hearing stream', () => {
  it('turns frames into events, and ends on request', async () => {
    const stream = await openInstant();
    for (let sequence = 0; sequence < 10; sequence++) {
      bus.publish(stream.audioSubject, encodeAudioFrame({ sequence, sampleRate: 8000, captureTimeMs: 0, pcm: loud }));
    }
    bus.publish(stream.controlSubject, json({ t: 'close' }));
    await vi.advanceTimersByTimeAsync(1);
    expect(events().map((event) => event?.t)).toEqual(['speech-start', 'speech-end', 'final', 'usage', 'closed']);
    expect(events()[2]).toMatchObject({ text: 'hello there', startMs: 0, endMs: 100 });
    expect(onClosed).toHaveBeenCalledOnce();
    expect(bus.subscribers).toBe(0);
  });

  it('says once a second that it lives, and ends when nobody talks to it', async () => {
    const stream = await openInstant();
    await vi.advanceTimersByTimeAsync(2500);
    bus.publish(stream.controlSubject, json({ t: 'ping' }));
    await vi.advanceTimersByTimeAsync(2600);
    expect(events().map((event) => event?.t)).toEqual(['alive', 'alive', 'alive', 'alive', 'alive']);
    await vi.advanceTimersByTimeAsync(2000);
    expect(events().slice(5)).toEqual([
      { t: 'usage', audioMs: 0 },
      { t: 'error', code: 'idle', message: 'Nothing came in for 3 s.' },
      { t: 'closed' },
    ]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(events()).toHaveLength(8);
  });

  it('leaves out what it cannot use, and says so once', async () => {
    const stream = await openInstant();
    const frame = { sequence: 0, sampleRate: 16000, captureTimeMs: 0, pcm: loud };
    for (let i = 0; i < 30; i++) bus.publish(stream.audioSubject, encodeAudioFrame(frame));
    bus.publish(stream.audioSubject, new Uint8Array(3));
    bus.publish(stream.controlSubject, json({ t: 'dance' }));
    bus.publish(stream.controlSubject, json({ t: 'set-hints', hints: { phrases: ['one'] } }));
    bus.publish(stream.controlSubject, json({ t: 'end-utterance' }));
    expect(events()).toEqual([
      expect.objectContaining({ t: 'warning', code: 'sample-rate' }),
      expect.objectContaining({ t: 'warning', code: 'bad-control' }),
    ]);
    await stream.close();
    await vi.advanceTimersByTimeAsync(1);
  });

  it('passes hints and orders on, and reports a lost engine once', async () => {
    const queue = new EventQueue<SttEvent>();
    const orders: string[] = [];
    const stt: SttStream = {
      write: () => false,
      setHints: (hints) => orders.push(`hints ${hints.phrases.join()}`),
      endUtterance: () => orders.push('end'),
      close: () => Promise.resolve(queue.end()),
      [Symbol.asyncIterator]: () => queue[Symbol.asyncIterator](),
    };
    const warn = vi.fn();
    const log = { info: vi.fn(), warn };
    const stream = new HearStream(stt, { bus, worker: 'w1', request, log, onClosed });
    bus.publish(stream.controlSubject, json({ t: 'set-hints', hints: { phrases: ['one'] } }));
    bus.publish(stream.controlSubject, json({ t: 'end-utterance' }));
    const frame = { sequence: 0, sampleRate: 8000, captureTimeMs: 0, pcm: loud };
    for (let i = 0; i < 3; i++) bus.publish(stream.audioSubject, encodeAudioFrame(frame));
    expect(orders).toEqual(['hints one', 'end']);
    expect(warn.mock.calls.map(([, message]) => message as string)).toEqual(['speech.recogniser_behind']);
    queue.fail(new SpeechError('engine-failed', 'gone'));
    await vi.advanceTimersByTimeAsync(1);
    expect(events()).toEqual([{ t: 'error', code: 'engine-failed', message: 'gone' }, { t: 'closed' }]);
    expect(onClosed).toHaveBeenCalledOnce();
  });

  it('calls a bug in a provider internal', async () => {
    const queue = new EventQueue<SttEvent>();
    const stt: SttStream = {
      write: () => true,
      setHints: () => undefined,
      endUtterance: () => undefined,
      close: () => Promise.resolve(),
      [Symbol.asyncIterator]: () => queue[Symbol.asyncIterator](),
    };
    new HearStream(stt, { bus, worker: 'w1', request, log: QUIET_LOG, onClosed });
    queue.fail(new TypeError('oops'));
    await vi.advanceTimersByTimeAsync(1);
    expect(events()[0]).toMatchObject({ t: 'error', code: 'internal', message: 'TypeError: oops' });
  });
});
