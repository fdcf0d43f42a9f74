import { performance } from 'node:perf_hooks';
import { decodeMuLaw } from '../audio/mu-law.ts';
import { MirrorUpsampler, WidebandPassThrough } from '../audio/mirror-upsampler.ts';
import { EventQueue } from '../event-queue.ts';
import {
  SpeechError,
  type SttEvent,
  type SttHints,
  type SttOpenOptions,
  type SttStream,
  type VadStream,
} from '../speech-provider.ts';
import type { RecogniserPool } from './recogniser-pool.ts';
import type { RecogniserStream } from './recogniser-stream.ts';
import { WindowCutter } from './window-cutter.ts';
import { UtteranceGate, type GateStep } from './utterance-gate.ts';

const DEFAULT_HANGOVER_MS = 300;
/** The cepstral mean a line starts from: measured on G.711 through the mirror upsampler, and the engine's own for wideband. */
const CMN_TELEPHONE = '44,-1,3,17,2,-6,5,-5';
const CMN_WIDEBAND = '40,3,-1';

interface Utterance {
  startMs: number;
  /** Set when the speech has ended; `decidedAt` is on the wall clock, for the engine's own time. */
  end?: { endMs: number; decidedAt: number };
}

/** One caller's audio on its way through front-end, detector, gate and recogniser. */
export class LocalSttStream implements SttStream {
  readonly opened: Promise<void>;
  private readonly events = new EventQueue<SttEvent>();
  private readonly upsampler: MirrorUpsampler | WidebandPassThrough;
  private readonly cutter = new WindowCutter();
  private readonly gate: UtteranceGate;
  private readonly vad: VadStream;
  private readonly recogniser: RecogniserStream;
  private readonly mulaw: boolean;
  private readonly sampleRate: number;
  private readonly onClose: () => void;
  /** Those whose final is still owed, oldest first. */
  private readonly utterances: Utterance[] = [];
  private readonly abort: () => void;
  private readonly signal: AbortSignal;
  private samples = 0;

  constructor(options: SttOpenOptions, vad: VadStream, pool: RecogniserPool, onClose: () => void) {
    const telephone = options.format.sampleRate === 8000;
    this.sampleRate = options.format.sampleRate;
    this.mulaw = options.format.encoding === 'mulaw';
    this.upsampler = telephone ? new MirrorUpsampler() : new WidebandPassThrough();
    this.gate = new UtteranceGate(options.hangoverMs ?? DEFAULT_HANGOVER_MS);
    this.vad = vad;
    this.onClose = onClose;
    this.recogniser = pool.openStream(
      { phrases: phrasesOf(options.hints), cmninit: telephone ? CMN_TELEPHONE : CMN_WIDEBAND },
      {
        partial: (text) => this.events.push({ t: 'partial', text, atMs: this.gate.nowMs }),
        final: (text) => this.finish(text),
        missingWords: (words) => this.warn('words-unknown', unknownWords(words)),
        utteranceLost: () => this.warn('utterance-lost', 'An utterance was lost: the recogniser kept ending on it.'),
        failed: (reason) => this.fail(reason),
      },
    );
    this.opened = this.recogniser.opened;
    this.abort = () => void this.close();
    this.signal = options.signal;
    options.signal.addEventListener('abort', this.abort, { once: true });
    if (options.signal.aborted) this.abort();
  }

  write(chunk: Uint8Array): boolean {
    if (this.events.closed) return true;
    const pcm = this.mulaw ? decodeMuLaw(chunk) : samplesOf(chunk);
    this.samples += pcm.length;
    const { plain, mirrored } = this.upsampler.push(pcm);
    let room = true;
    for (const window of this.cutter.push(plain, mirrored)) {
      const speech = this.vad.isSpeech(window.plain);
      for (const step of this.gate.push(window.mirrored, speech)) room = this.take(step) && room;
    }
    return room;
  }

  setHints(hints: SttHints): void {
    this.recogniser.configure(phrasesOf(hints));
  }

  endUtterance(): void {
    for (const step of this.gate.endNow()) this.take(step);
  }

  close(): Promise<void> {
    if (!this.events.closed) {
      this.events.push({ t: 'usage', audioMs: (this.samples * 1000) / this.sampleRate });
      this.events.end();
      this.letGo();
    }
    return Promise.resolve();
  }

  [Symbol.asyncIterator](): AsyncIterator<SttEvent> {
    return this.events[Symbol.asyncIterator]();
  }

  private take(step: GateStep): boolean {
    switch (step.t) {
      case 'start':
        this.events.push({ t: 'speech-start', atMs: step.atMs });
        this.utterances.push({ startMs: step.atMs });
        this.recogniser.start();
        return true;
      case 'audio':
        return this.recogniser.audio(new Uint8Array(step.pcm.buffer, step.pcm.byteOffset, step.pcm.byteLength));
      case 'end':
        this.events.push({ t: 'speech-end', atMs: step.endMs });
        this.markEnd(step.endMs);
        this.recogniser.end();
        return true;
    }
  }

  private markEnd(endMs: number): void {
    const running = this.utterances.at(-1);
    // Nothing runs when the engine lost the utterance before the speaker came to its end.
    if (running !== undefined && running.end === undefined) running.end = { endMs, decidedAt: performance.now() };
  }

  private finish(text: string): void {
    const utterance = this.utterances.shift();
    if (utterance === undefined) return;
    const { endMs, decidedAt } = utterance.end ?? { endMs: this.gate.nowMs, decidedAt: performance.now() };
    const sttMs = Math.round((performance.now() - decidedAt) * 10) / 10;
    this.events.push({ t: 'final', text, startMs: utterance.startMs, endMs, sttMs });
  }

  private warn(code: string, message: string): void {
    this.events.push({ t: 'warning', code, message });
  }

  private fail(reason: string): void {
    if (this.events.closed) return;
    this.events.fail(new SpeechError('engine-failed', reason));
    this.letGo();
  }

  private letGo(): void {
    this.signal.removeEventListener('abort', this.abort);
    // The recogniser may fail while this object is still being made; then there is nothing to close yet.
    queueMicrotask(() => {
      this.recogniser.close();
      this.vad.close();
      this.onClose();
    });
  }
}

function phrasesOf(hints: SttHints | undefined): readonly string[] | null {
  return hints === undefined || hints.phrases.length === 0 ? null : hints.phrases;
}

function unknownWords(words: readonly string[]): string {
  return `These words of the hints are not in the dictionary and cannot be recognised: ${words.join(', ')}.`;
}

/** The samples of a chunk, copied, so that any alignment will do and the writer may use its buffer again. */
function samplesOf(chunk: Uint8Array): Int16Array {
  const pcm = new Int16Array(chunk.byteLength >> 1);
  new Uint8Array(pcm.buffer).set(chunk.subarray(0, pcm.byteLength));
  return pcm;
}
