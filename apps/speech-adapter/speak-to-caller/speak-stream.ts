import {
  decodeSpeechMessage,
  encodeSpokenFrame,
  SpeakText,
  speakTextSubject,
  type SpeakToCallerRequest,
  type SpokenFrame,
} from '@callplane/contracts';
import { ALIVE_EVERY_MS, IDLE_LIMIT_MS, type Bus, type StreamLog } from '../bus.ts';
import { SpeechError, type TtsChunk, type TtsStream } from '../providers/speech-provider.ts';

/** Audio is sent this much ahead of when it can have been played, and no more: a cancelled paragraph stays cheap. */
const AHEAD_MS = 10_000;
const NOTHING = new Int16Array(0);

export interface SpeakStreamOptions {
  bus: Bus;
  worker: string;
  request: SpeakToCallerRequest;
  log: StreamLog;
  /** Called once, when the stream is over. */
  onClosed: () => void;
  /** 30 s unless told. */
  idleLimitMs?: number;
}

/** One caller's synthesised speech on the bus: text in, frames out. */
export class SpeakStream {
  readonly textSubject: string;
  private readonly options: SpeakStreamOptions;
  private readonly tts: TtsStream;
  private readonly subscription: { unsubscribe(): void };
  private readonly alive: NodeJS.Timeout;
  private readonly idleLimitMs: number;
  private lastHeardAt = performance.now();
  private sequence = 0;
  /** Segments whose last frame was not sent yet. */
  private owed = 0;
  private spoken = 0;
  /** When all audio sent so far will have been played, if it is played without a pause. */
  private playedAt = 0;
  private turn = 0;
  private wake: (() => void) | undefined;
  private failure: SpeechError | undefined;
  private closing: Promise<void> | undefined;

  constructor(tts: TtsStream, options: SpeakStreamOptions) {
    this.tts = tts;
    this.options = options;
    this.idleLimitMs = options.idleLimitMs ?? IDLE_LIMIT_MS;
    this.textSubject = speakTextSubject(options.worker, options.request.streamId);
    this.subscription = options.bus.subscribe(this.textSubject, (bytes) => this.obey(bytes));
    this.alive = setInterval(() => this.beat(), ALIVE_EVERY_MS);
    void this.pump();
  }

  /** Ends the stream; what was not sent is dropped. Idempotent. */
  close(): Promise<void> {
    this.closing ??= this.tts.close();
    this.turn++;
    this.wake?.();
    return this.closing;
  }

  private obey(bytes: Uint8Array): void {
    this.lastHeardAt = performance.now();
    const order = decodeSpeechMessage(SpeakText, bytes);
    switch (order?.t) {
      case 'speak':
        this.owed++;
        return this.tts.speak(order.segment, order.text);
      case 'cancel':
        return this.cancel();
      case 'close':
        return void this.close();
      case 'ping':
        return;
      case undefined:
        return this.options.log.warn({ call_id: this.options.request.callId }, 'speech.text_malformed');
    }
  }

  private cancel(): void {
    this.turn++;
    this.owed = 0;
    this.playedAt = 0;
    this.tts.cancel();
    this.wake?.();
  }

  private beat(): void {
    if (this.owed > 0 || performance.now() - this.lastHeardAt < this.idleLimitMs) {
      return this.send({ segment: 0, alive: true });
    }
    this.failure = new SpeechError('idle', `No text came in for ${Math.round(this.idleLimitMs / 1000)} s.`);
    void this.close();
  }

  private async pump(): Promise<void> {
    try {
      for await (const chunk of this.tts) await this.sendInTime(chunk);
    } catch (error) {
      this.failure =
        error instanceof SpeechError ? error : new SpeechError('internal', String(error), { cause: error });
    }
    clearInterval(this.alive);
    this.subscription.unsubscribe();
    if (this.failure !== undefined) this.sendFailure(0, this.failure, 0);
    this.logEnd();
    this.options.onClosed();
    await this.close();
  }

  private async sendInTime(chunk: TtsChunk): Promise<void> {
    const turn = this.turn;
    const ahead = this.playedAt - performance.now() - AHEAD_MS;
    if (ahead > 0) await this.pause(ahead);
    // A cancel during the pause: this chunk belongs to what must not be heard any more.
    if (turn !== this.turn) return;
    if (chunk.last) {
      this.owed--;
      this.spoken++;
    }
    if (chunk.error !== undefined) return this.sendFailure(chunk.segment, chunk.error, chunk.offsetMs);
    const { segment, pcm, offsetMs, last } = chunk;
    this.playedAt = Math.max(performance.now(), this.playedAt) + (pcm.length * 1000) / this.options.request.sampleRate;
    this.send({ segment, pcm, offsetMs, last });
  }

  private async pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
  }

  private sendFailure(segment: number, error: SpeechError, offsetMs: number): void {
    const { code, message } = error;
    this.options.log.warn({ call_id: this.options.request.callId, code, detail: message }, 'speech.speaking_failed');
    this.send({ segment, last: true, failed: true, offsetMs, error: { code, message } });
  }

  private send(frame: Partial<SpokenFrame> & { segment: number }): void {
    const { sampleRate, audioSubject } = this.options.request;
    const blank = { sampleRate, last: false, failed: false, alive: false, offsetMs: 0, pcm: NOTHING };
    this.options.bus.publish(audioSubject, encodeSpokenFrame({ ...blank, ...frame, sequence: this.sequence++ }));
  }

  private logEnd(): void {
    const { callId, streamId, provider, voice } = this.options.request;
    const fields = { call_id: callId, stream_id: streamId, provider, voice, segments: this.spoken };
    this.options.log.info({ ...fields, frames: this.sequence }, 'speech.speaking_closed');
  }
}
