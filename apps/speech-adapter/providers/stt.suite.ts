import { describe, expect, it } from 'vitest';
import { encodeMuLaw } from './audio/mu-law.ts';
import type { AudioFormat, SttEvent, SttProvider, SttStream } from './speech-provider.ts';

export interface SttSuiteOptions {
  name: string;
  provider: () => SttProvider;
  /** One utterance, 16-bit at 8 kHz, without a pause inside. */
  utterance: () => Int16Array;
  /** What must be heard in it. */
  text: string;
  /** Given as hints, so that a vocabulary recogniser can hear it. */
  phrases: readonly string[];
}

const FRAME = 160;

/** What every recogniser must do, whatever is behind it. */
export function sttConformance(options: SttSuiteOptions): void {
  const pcm8: AudioFormat = { encoding: 'pcm_s16le', sampleRate: 8000 };
  const open = (format: AudioFormat = pcm8, signal = new AbortController().signal) =>
    options.provider().open({ format, language: 'en', hints: { phrases: options.phrases }, signal });

  describe(`conformance of ${options.name}`, () => {
    it('gives one final for each utterance, its events in order and its times in the audio', async () => {
      const stream = await open();
      const heard = collect(stream);
      const audio = join(silence(500), options.utterance(), silence(1000));
      writePcm(stream, audio);
      await until(() => finals(heard.events).length === 1);
      writePcm(stream, audio);
      await until(() => finals(heard.events).length === 2);
      await stream.close();
      await heard.done;
      expect(finals(heard.events).map((final) => final.text)).toEqual([options.text, options.text]);
      expect(kinds(heard.events).replaceAll(/(partial )+/g, '')).toBe(
        'speech-start speech-end final speech-start speech-end final usage',
      );
      const [first, second] = finals(heard.events);
      expect(first!.startMs).toBeGreaterThan(300);
      expect(first!.endMs).toBeGreaterThan(first!.startMs);
      expect(second!.startMs).toBeGreaterThan(first!.endMs);
      expect(second!.endMs).toBeLessThanOrEqual(audio.length / 4);
      expect(heard.events.at(-1)).toEqual({ t: 'usage', audioMs: audio.length / 4 });
    });

    it('takes mu-law as well', async () => {
      const stream = await open({ encoding: 'mulaw', sampleRate: 8000 });
      const heard = collect(stream);
      const bytes = encodeMuLaw(join(silence(300), options.utterance(), silence(1000)));
      for (let at = 0; at < bytes.length; at += FRAME) stream.write(bytes.subarray(at, at + FRAME));
      await until(() => finals(heard.events).length === 1);
      expect(finals(heard.events)[0]!.text).toBe(options.text);
      await stream.close();
    });

    it('copies what it is given', async () => {
      const stream = await open();
      const heard = collect(stream);
      const buffer = new Uint8Array(FRAME * 2);
      const audio = bytesOf(join(silence(300), options.utterance(), silence(1000)));
      for (let at = 0; at < audio.length; at += buffer.length) {
        buffer.fill(0);
        buffer.set(audio.subarray(at, at + buffer.length));
        stream.write(buffer);
        buffer.fill(0x55);
      }
      await until(() => finals(heard.events).length === 1);
      expect(finals(heard.events)[0]!.text).toBe(options.text);
      await stream.close();
    });

    it('says nothing about silence', async () => {
      const stream = await open();
      const heard = collect(stream);
      writePcm(stream, silence(3000));
      stream.endUtterance();
      await stream.close();
      await heard.done;
      expect(kinds(heard.events)).toBe('usage');
    });

    it('gives the final at once when it is asked for, and no second one', async () => {
      const stream = await open();
      const heard = collect(stream);
      // Cut where nothing but the order can end the utterance: right after the first sound of speech.
      const audio = join(silence(500), options.utterance());
      for (let at = 0; at < audio.length && !kinds(heard.events).includes('speech-start'); at += FRAME) {
        stream.write(bytesOf(audio.subarray(at, at + FRAME)));
        await Promise.resolve();
        await Promise.resolve();
      }
      await until(() => kinds(heard.events).includes('speech-start'));
      stream.endUtterance();
      stream.endUtterance();
      await until(() => finals(heard.events).length === 1);
      writePcm(stream, silence(1000));
      await stream.close();
      await heard.done;
      expect(finals(heard.events)).toHaveLength(1);
    });

    it('ends its iterator on close, twice if need be, in the middle of an utterance', async () => {
      const stream = await open();
      const heard = collect(stream);
      writePcm(stream, join(silence(300), options.utterance()));
      const begun = performance.now();
      await Promise.all([stream.close(), stream.close()]);
      await heard.done;
      expect(performance.now() - begun).toBeLessThan(2000);
      expect(stream.write(new Uint8Array(320))).toBe(true);
    });

    it('ends when its signal is aborted', async () => {
      const abort = new AbortController();
      const heard = collect(await open(pcm8, abort.signal));
      abort.abort();
      await heard.done;
      expect(kinds(heard.events)).toBe('usage');
    });
  });
}

/** Gathers a stream's events; `done` rejects when the iterator throws. */
export function collect(stream: SttStream): { events: SttEvent[]; done: Promise<void> } {
  const events: SttEvent[] = [];
  const done = (async () => {
    for await (const event of stream) events.push(event);
  })();
  done.catch(() => undefined);
  return { events, done };
}

export const finals = (events: SttEvent[]) => events.filter((event) => event.t === 'final');
export const kinds = (events: SttEvent[]) => events.map((event) => event.t).join(' ');
export const silence = (ms: number, rate = 8000) => new Int16Array((ms * rate) / 1000);

export function join(...parts: Int16Array[]): Int16Array {
  const all = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function bytesOf(pcm: Int16Array): Uint8Array {
  return new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
}

/** Writes it in frames of 20 ms (at 8 kHz), all at once. */
export function writePcm(stream: SttStream, pcm: Int16Array): void {
  for (let at = 0; at < pcm.length; at += FRAME) stream.write(bytesOf(pcm.subarray(at, at + FRAME)));
}

/** Waits for a condition; throws when it does not come true. */
export async function until(condition: () => boolean, deadlineMs = 15_000): Promise<void> {
  const begun = performance.now();
  while (!condition()) {
    if (performance.now() - begun > deadlineMs) throw new Error(`not within ${deadlineMs} ms: ${String(condition)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
