import { InstantProvider } from './instant-provider.ts';
import { decodeMuLaw } from '../audio/mu-law.ts';
import { EventQueue } from '../event-queue.ts';
import {
  type AudioFormat,
  type SttEvent,
  type SttOpenOptions,
  type SttProvider,
  type SttStream,
} from '../speech-provider.ts';

export interface InstantSttOptions {
  /** What every caller says. */
  text: string;
  /** The final comes after this much speech energy. */
  afterMs: number;
}

const FORMATS: readonly AudioFormat[] = [
  { encoding: 'pcm_s16le', sampleRate: 8000 },
  { encoding: 'pcm_s16le', sampleRate: 16000 },
  { encoding: 'mulaw', sampleRate: 8000 },
];
const FRAME_MS = 10;
/** Louder than this (root mean square of 16-bit samples) is speech. */
const LOUD = 200;
const DEFAULT_HANGOVER_MS = 300;

/**
 * A recogniser without recognition, for benches: sound above a fixed level is speech, its text is always the same, and
 * takes no time. So what a bench measures is everything but the engine.
 */
export class InstantStt extends InstantProvider<InstantSttStream> implements SttProvider {
  readonly caps = {
    streaming: true,
    partials: false,
    endpointing: 'local',
    formats: FORMATS,
    languages: '*',
    hints: 'none',
  } as const;
  private readonly options: InstantSttOptions;

  constructor(options: InstantSttOptions) {
    super();
    this.options = options;
  }

  open(options: SttOpenOptions): Promise<SttStream> {
    const stream = new InstantSttStream(options, this.options, () => this.streams.delete(stream));
    this.streams.add(stream);
    return Promise.resolve(stream);
  }
}

type Phase = 'silent' | 'speaking' | 'done';

class InstantSttStream implements SttStream {
  private readonly events = new EventQueue<SttEvent>();
  private readonly open: SttOpenOptions;
  private readonly script: InstantSttOptions;
  private readonly frameSamples: number;
  private readonly onClose: () => void;
  private readonly abort = () => void this.close();
  private frame: number[] = [];
  private frames = 0;
  private phase: Phase = 'silent';
  private startMs = 0;
  private loudMs = 0;
  private lastLoudMs = 0;

  constructor(open: SttOpenOptions, script: InstantSttOptions, onClose: () => void) {
    this.open = open;
    this.script = script;
    this.onClose = onClose;
    this.frameSamples = (open.format.sampleRate * FRAME_MS) / 1000;
    open.signal.addEventListener('abort', this.abort, { once: true });
    if (open.signal.aborted) this.abort();
  }

  write(chunk: Uint8Array): boolean {
    if (this.events.closed) return true;
    for (const sample of this.samplesOf(chunk)) {
      this.frame.push(sample);
      if (this.frame.length === this.frameSamples) this.judgeFrame();
    }
    return true;
  }

  setHints(): void {
    // The text is always the same.
  }

  endUtterance(): void {
    if (this.phase === 'speaking') this.finish();
  }

  close(): Promise<void> {
    if (!this.events.closed) {
      this.events.push({ t: 'usage', audioMs: this.frames * FRAME_MS });
      this.events.end();
      this.open.signal.removeEventListener('abort', this.abort);
      this.onClose();
    }
    return Promise.resolve();
  }

  [Symbol.asyncIterator](): AsyncIterator<SttEvent> {
    return this.events[Symbol.asyncIterator]();
  }

  private judgeFrame(): void {
    const loud = Math.sqrt(this.frame.reduce((sum, sample) => sum + sample * sample, 0) / this.frameSamples) > LOUD;
    this.frame = [];
    this.frames++;
    const nowMs = this.frames * FRAME_MS;
    if (loud) {
      if (this.phase === 'silent') this.begin(nowMs - FRAME_MS);
      this.lastLoudMs = nowMs;
      this.loudMs += FRAME_MS;
      if (this.phase === 'speaking' && this.loudMs >= this.script.afterMs) this.finish();
    } else if (nowMs - this.lastLoudMs >= (this.open.hangoverMs ?? DEFAULT_HANGOVER_MS)) {
      if (this.phase === 'speaking') this.finish();
      this.phase = 'silent';
    }
  }

  private begin(atMs: number): void {
    this.phase = 'speaking';
    this.startMs = atMs;
    this.loudMs = 0;
    this.events.push({ t: 'speech-start', atMs });
  }

  private finish(): void {
    this.phase = 'done';
    this.events.push({ t: 'speech-end', atMs: this.lastLoudMs });
    const times = { startMs: this.startMs, endMs: this.lastLoudMs, sttMs: 0 };
    this.events.push({ t: 'final', text: this.script.text, ...times });
  }

  private samplesOf(chunk: Uint8Array): Int16Array {
    if (this.open.format.encoding === 'mulaw') return decodeMuLaw(chunk);
    const pcm = new Int16Array(chunk.byteLength >> 1);
    new Uint8Array(pcm.buffer).set(chunk.subarray(0, pcm.byteLength));
    return pcm;
  }
}
