import {
  decodeSpeechMessage,
  encodeAudioFrame,
  encodeSpeechMessage,
  HEAR_CALLER_SUBJECT,
  HearCallerReply,
  HearControl,
  hearEventSubject,
  HearEvent,
  type HearCallerRequest,
  type SpeechRefusal,
  type SpeechSettings,
} from '@callplane/contracts';
import type { NatsBus } from '@callplane/messaging';
import type { Clock } from './clock.ts';
import { KeptStream } from './kept-stream.ts';

export interface HearStreamEvents {
  event(event: HearEvent, sentMs: number): void;
  /** The stream was lost and is being opened anew: an utterance under way is gone. */
  lost(detail: string): void;
  /** Nobody will hear the caller any more. */
  failed(detail: string): void;
}

interface HearWorker {
  readonly audioSubject: string;
  readonly controlSubject: string;
}

const REQUEST_MS = 5000;
/** The least and the most the contract allows. */
const HANGOVER = { min: 100, max: 5000 };

/** The caller's voice to text, over NATS, by whichever speech worker is alive. */
export class HearStream {
  private readonly bus: NatsBus;
  private readonly sampleRate: number;
  private readonly events: HearStreamEvents;
  private readonly clock: Clock;
  private readonly stream: KeptStream<HearWorker>;
  private sequence = 0;
  private sentMs = 0;

  constructor(
    bus: NatsBus,
    call: { callId: string; speech: SpeechSettings; sampleRate: 8000 | 16000 },
    events: HearStreamEvents,
    clock: Clock,
  ) {
    this.bus = bus;
    this.sampleRate = call.sampleRate;
    this.events = events;
    this.clock = clock;
    const control = (worker: HearWorker, message: HearControl): void =>
      bus.publish(worker.controlSubject, encodeSpeechMessage(HearControl, message));
    this.stream = new KeptStream(
      `${call.callId}-hear`,
      {
        request: async (streamId) =>
          HearCallerReply.parse(await bus.request(HEAR_CALLER_SUBJECT, hearRequest(streamId, call), REQUEST_MS)),
        listen: (streamId) => this.listen(streamId),
        ping: (worker) => control(worker, { t: 'ping' }),
        close: (worker) => control(worker, { t: 'close' }),
      },
      {
        opened: () => {
          this.sequence = 0;
          this.sentMs = 0;
        },
        lost: (detail) => events.lost(detail),
        failed: (detail) => events.failed(detail),
      },
      clock,
    );
  }

  /** Undefined once a worker listens; otherwise why none does. */
  open(): Promise<SpeechRefusal | undefined> {
    return this.stream.open();
  }

  /** One frame of the caller. While no worker has the stream it is lost: old audio helps nobody. */
  hear(pcm: Int16Array): void {
    const worker = this.stream.current;
    if (worker === undefined) return;
    const { sequence, sampleRate } = this;
    const ms = (pcm.length / sampleRate) * 1000;
    this.bus.publish(
      worker.audioSubject,
      encodeAudioFrame({ sequence, sampleRate, captureTimeMs: this.clock.now() - ms, pcm }),
    );
    this.sequence += 1;
    this.sentMs += ms;
  }

  /** Asks for the final of what is being said now. */
  endUtterance(): void {
    const worker = this.stream.current;
    if (worker !== undefined)
      this.bus.publish(worker.controlSubject, encodeSpeechMessage(HearControl, { t: 'end-utterance' }));
  }

  close(): void {
    this.stream.close();
  }

  private listen(streamId: string): () => void {
    const subscription = this.bus.subscribe(hearEventSubject(streamId), (bytes) => {
      this.stream.heard();
      const event = decodeSpeechMessage(HearEvent, bytes);
      if (event === undefined || event.t === 'alive') return;
      if (event.t === 'error') this.stream.lost(event.message);
      else if (event.t === 'closed') this.stream.lost('the speech worker closed the stream');
      else this.events.event(event, this.sentMs);
    });
    return () => subscription.unsubscribe();
  }
}

function hearRequest(
  streamId: string,
  { callId, speech, sampleRate }: { callId: string; speech: SpeechSettings; sampleRate: 8000 | 16000 },
): HearCallerRequest {
  return {
    streamId,
    callId,
    provider: speech.sttProvider,
    language: speech.language,
    sampleRate,
    hangoverMs: Math.min(HANGOVER.max, Math.max(HANGOVER.min, speech.endpointingMs)),
    ...(speech.hints.length === 0 ? {} : { hints: { phrases: speech.hints } }),
    eventSubject: hearEventSubject(streamId),
  };
}
