import { describe, expect, it } from 'vitest';
import type { AudioFormat, TtsChunk, TtsProvider, TtsStream } from './speech-provider.ts';
import { until } from './stt.suite.ts';

export interface TtsSuiteOptions {
  name: string;
  provider: () => TtsProvider;
  voice: string;
}

const TEXT = 'Good morning, you have reached the front desk. How may I help you?';
const LONG = Array.from({ length: 40 }, () => TEXT).join(' ');

/** What every voice must do, whatever is behind it. */
export function ttsConformance(options: TtsSuiteOptions): void {
  const open = (sampleRate: 8000 | 16000 | 24000 = 16000, signal = new AbortController().signal) =>
    options.provider().open({
      voice: options.voice,
      language: 'en',
      format: { encoding: 'pcm_s16le', sampleRate } satisfies AudioFormat,
      signal,
    });

  describe(`conformance of ${options.name}`, () => {
    it.each([8000, 16000, 24000] as const)('speaks at %d Hz, as long as speech takes', async (rate) => {
      const stream = await open(rate);
      const heard = collectSpeech(stream);
      stream.speak(1, TEXT);
      await until(() => lasts(heard.chunks).length === 1);
      await stream.close();
      const samples = heard.chunks.reduce((sum, chunk) => sum + chunk.pcm.length, 0);
      expect(samples / rate).toBeGreaterThan(2);
      expect(samples / rate).toBeLessThan(8);
      expect(loudness(heard.chunks)).toBeGreaterThan(300);
    });

    it('speaks segments in order, each ended once, with offsets that add up', async () => {
      const stream = await open();
      const heard = collectSpeech(stream);
      for (const segment of [1, 2, 3]) stream.speak(segment, TEXT);
      await until(() => lasts(heard.chunks).length === 3);
      await stream.close();
      await heard.done;
      expect(lasts(heard.chunks).map((chunk) => chunk.segment)).toEqual([1, 2, 3]);
      expect(heard.chunks.map((chunk) => chunk.segment)).toEqual(heard.chunks.map((chunk) => chunk.segment).sort());
      for (const segment of [1, 2, 3]) {
        let ms = 0;
        for (const chunk of heard.chunks.filter((one) => one.segment === segment)) {
          expect(chunk.offsetMs).toBeCloseTo(ms, 3);
          ms += chunk.pcm.length / 16;
        }
      }
    });

    it('ends a segment without words, and speaks the next', async () => {
      const stream = await open();
      const heard = collectSpeech(stream);
      stream.speak(1, '');
      stream.speak(2, 'Yes.');
      await until(() => lasts(heard.chunks).length === 2);
      await stream.close();
      expect(lasts(heard.chunks)[0]!.segment).toBe(1);
    });

    it('is silent about cancelled segments at once, and speaks what comes later', async () => {
      const stream = await open();
      const heard = collectSpeech(stream, 2);
      stream.speak(1, LONG);
      stream.speak(2, LONG);
      await until(() => heard.chunks.length > 3);
      stream.cancel();
      const heardBefore = heard.chunks.length;
      stream.speak(3, TEXT);
      await until(() => lasts(heard.chunks).length > 0);
      await stream.close();
      await heard.done;
      const later = heard.chunks.slice(heardBefore).map((chunk) => chunk.segment);
      expect(new Set(later)).toEqual(new Set([3]));
      expect(lasts(heard.chunks).map((chunk) => chunk.segment)).toEqual([3]);
    });

    it('ends its iterator on close, twice if need be, while it speaks', async () => {
      const stream = await open();
      const heard = collectSpeech(stream, 2);
      stream.speak(1, LONG);
      await until(() => heard.chunks.length > 0);
      const begun = performance.now();
      await Promise.all([stream.close(), stream.close()]);
      await heard.done;
      expect(performance.now() - begun).toBeLessThan(2000);
      stream.speak(2, TEXT);
      expect(lasts(heard.chunks)).toHaveLength(0);
    });

    it('ends when its signal is aborted', async () => {
      const abort = new AbortController();
      const heard = collectSpeech(await open(16000, abort.signal));
      abort.abort();
      await heard.done;
      expect(heard.chunks).toEqual([]);
    });
  });
}

/** Gathers what a stream speaks, resting after each chunk if told; `done` rejects when the iterator throws. */
export function collectSpeech(stream: TtsStream, restMs = 0): { chunks: TtsChunk[]; done: Promise<void> } {
  const chunks: TtsChunk[] = [];
  const done = (async () => {
    for await (const chunk of stream) {
      chunks.push(chunk);
      if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
    }
  })();
  done.catch(() => undefined);
  return { chunks, done };
}

export const lasts = (chunks: TtsChunk[]) => chunks.filter((chunk) => chunk.last);

export function loudness(chunks: TtsChunk[]): number {
  let sum = 0;
  let samples = 0;
  for (const { pcm } of chunks) {
    for (const sample of pcm) sum += sample * sample;
    samples += pcm.length;
  }
  return Math.sqrt(sum / Math.max(1, samples));
}
