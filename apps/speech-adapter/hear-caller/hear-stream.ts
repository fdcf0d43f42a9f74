import {
  decodeAudioFrame,
  decodeSpeechMessage,
  encodeSpeechMessage,
  hearAudioSubject,
  HearControl,
  hearControlSubject,
  HearEvent,
  type HearCallerRequest,
} from '@callplane/contracts';
import { ALIVE_EVERY_MS, IDLE_LIMIT_MS, type Bus, type StreamLog } from '../bus.ts';
import { SpeechError, type SttStream } from '../providers/speech-provider.ts';

export interface HearStreamOptions {
  bus: Bus;
  worker: string;
  request: HearCallerRequest;
  log: StreamLog;
  /** Called once, when the stream is over. */
  onClosed: () => void;
  /** 30 s unless told. */
  idleLimitMs?: number;
}

/** One caller's stream on the bus: frames and control messages in, events out. */
export class HearStream {
  readonly audioSubject: string;
  readonly controlSubject: string;
  private readonly options: HearStreamOptions;
  private readonly stt: SttStream;
  private readonly subscriptions: { unsubscribe(): void }[];
  private readonly alive: NodeJS.Timeout;
  private readonly idleLimitMs: number;
  private readonly openedAt = performance.now();
  private lastHeardAt = performance.now();
  private frames = 0;
  private finals = 0;
  private rateWarned = false;
  private slowWarned = false;
  private failure: SpeechError | undefined;
  private closing: Promise<void> | undefined;

  constructor(stt: SttStream, options: HearStreamOptions) {
    this.stt = stt;
    this.options = options;
    this.idleLimitMs = options.idleLimitMs ?? IDLE_LIMIT_MS;
    const { bus, worker, request } = options;
    this.audioSubject = hearAudioSubject(worker, request.streamId);
    this.controlSubject = hearControlSubject(worker, request.streamId);
    this.subscriptions = [
      bus.subscribe(this.audioSubject, (bytes) => this.hear(bytes)),
      bus.subscribe(this.controlSubject, (bytes) => this.obey(bytes)),
    ];
    this.alive = setInterval(() => this.beat(), ALIVE_EVERY_MS);
    void this.report();
  }

  /** Ends the stream; the requester gets `closed` as the last event. Idempotent. */
  close(): Promise<void> {
    this.closing ??= this.stt.close();
    return this.closing;
  }

  private hear(bytes: Uint8Array): void {
    this.lastHeardAt = performance.now();
    const frame = decodeAudioFrame(bytes);
    if (frame === undefined) return;
    if (frame.sampleRate !== this.options.request.sampleRate) {
      if (!this.rateWarned) this.warnRate(frame.sampleRate);
      return;
    }
    this.frames++;
    const { buffer, byteOffset, byteLength } = frame.pcm;
    const room = this.stt.write(new Uint8Array(buffer, byteOffset, byteLength));
    if (room || this.slowWarned) return;
    this.slowWarned = true;
    this.options.log.warn({ call_id: this.options.request.callId }, 'speech.recogniser_behind');
  }

  private warnRate(rate: number): void {
    this.rateWarned = true;
    const opened = this.options.request.sampleRate;
    const message = `Frames at ${rate} Hz are left out: this stream was opened for ${opened} Hz.`;
    this.say({ t: 'warning', code: 'sample-rate', message });
  }

  private obey(bytes: Uint8Array): void {
    this.lastHeardAt = performance.now();
    const order = decodeSpeechMessage(HearControl, bytes);
    switch (order?.t) {
      case 'end-utterance':
        return this.stt.endUtterance();
      case 'set-hints':
        return this.stt.setHints(order.hints);
      case 'close':
        return void this.close();
      case 'ping':
        return;
      case undefined:
        return this.say({
          t: 'warning',
          code: 'bad-control',
          message: 'A control message that fits no schema was ignored.',
        });
    }
  }

  private beat(): void {
    if (performance.now() - this.lastHeardAt < this.idleLimitMs) return this.say({ t: 'alive' });
    this.failure = new SpeechError('idle', `Nothing came in for ${Math.round(this.idleLimitMs / 1000)} s.`);
    void this.close();
  }

  /** Passes the provider's events on until there are no more, then says goodbye. */
  private async report(): Promise<void> {
    try {
      for await (const event of this.stt) {
        if (event.t === 'final') this.finals++;
        this.say(event);
      }
    } catch (error) {
      this.failure =
        error instanceof SpeechError ? error : new SpeechError('internal', String(error), { cause: error });
    }
    clearInterval(this.alive);
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    if (this.failure !== undefined) this.say({ t: 'error', code: this.failure.code, message: this.failure.message });
    this.say({ t: 'closed' });
    this.logEnd();
    this.options.onClosed();
    await this.close();
  }

  private logEnd(): void {
    const { callId, streamId, provider } = this.options.request;
    const seconds = Math.round((performance.now() - this.openedAt) / 100) / 10;
    const fields = {
      call_id: callId,
      stream_id: streamId,
      provider,
      seconds,
      frames: this.frames,
      finals: this.finals,
    };
    if (this.failure === undefined) this.options.log.info(fields, 'speech.hearing_closed');
    else this.options.log.warn({ ...fields, code: this.failure.code }, 'speech.hearing_lost');
  }

  private say(event: HearEvent): void {
    this.options.bus.publish(this.options.request.eventSubject, encodeSpeechMessage(HearEvent, event));
  }
}
