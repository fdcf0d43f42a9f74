import { ChunkCutter } from './chunk-segment.ts';
import { EventQueue } from './event-queue.ts';
import { SpeechError, type TtsChunk, type TtsStream } from './speech-provider.ts';

/** Chunks that may wait for the consumer; beyond, synthesis rests. */
const MAX_WAITING = 64;

/** Turns the text of one segment into samples at the stream's rate; stops when the signal is aborted. */
export type SpeakText = (text: string, signal: AbortSignal) => AsyncIterable<Int16Array>;

/** A speaking stream over an engine that takes whole segments: order, cancelling, chunks, failures. */
export class SegmentStream implements TtsStream {
  private readonly queue = new EventQueue<TtsChunk>();
  private readonly speakText: SpeakText;
  private readonly sampleRate: number;
  private readonly signal: AbortSignal;
  private readonly onClose: () => void;
  private readonly abort = () => void this.close();
  private waiting: { segment: number; text: string }[] = [];
  private running: AbortController | undefined;

  constructor(options: { sampleRate: number; signal: AbortSignal; onClose: () => void }, speakText: SpeakText) {
    this.sampleRate = options.sampleRate;
    this.signal = options.signal;
    this.onClose = options.onClose;
    this.speakText = speakText;
    this.signal.addEventListener('abort', this.abort, { once: true });
    if (this.signal.aborted) this.abort();
  }

  speak(segment: number, text: string): void {
    if (this.queue.closed) return;
    this.waiting.push({ segment, text });
    if (this.running === undefined) void this.run();
  }

  cancel(): void {
    this.waiting = [];
    this.running?.abort();
    this.running = undefined;
    this.queue.clear();
  }

  close(): Promise<void> {
    if (!this.queue.closed) {
      this.cancel();
      this.queue.end();
      this.signal.removeEventListener('abort', this.abort);
      this.onClose();
    }
    return Promise.resolve();
  }

  [Symbol.asyncIterator](): AsyncIterator<TtsChunk> {
    return this.queue[Symbol.asyncIterator]();
  }

  /** One run at a time speaks what waits; a cancelled run stays silent even while its engine still ends. */
  private async run(): Promise<void> {
    const run = new AbortController();
    this.running = run;
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      await this.speakOne(next.segment, next.text, run.signal);
      if (run.signal.aborted) return;
    }
    this.running = undefined;
  }

  private async speakOne(segment: number, text: string, signal: AbortSignal): Promise<void> {
    const cutter = new ChunkCutter(this.sampleRate);
    try {
      for await (const pcm of this.speakText(text, signal)) {
        if (signal.aborted) return;
        for (const chunk of cutter.push(pcm)) this.queue.push({ segment, ...chunk, last: false });
        await this.queue.room(MAX_WAITING);
      }
      if (!signal.aborted) this.queue.push({ segment, ...cutter.flush(), last: true });
    } catch (cause) {
      if (signal.aborted) return;
      const error = new SpeechError('engine-failed', cause instanceof Error ? cause.message : String(cause), { cause });
      this.queue.push({ segment, pcm: new Int16Array(0), offsetMs: cutter.offsetMs, last: true, error });
    }
  }
}
