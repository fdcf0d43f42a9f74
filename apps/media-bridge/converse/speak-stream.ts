import {
  decodeSpokenFrame,
  encodeSpeechMessage,
  SPEAK_TO_CALLER_SUBJECT,
  speakAudioSubject,
  SpeakText,
  SpeakToCallerReply,
  type SpeakToCallerRequest,
  type SpeechRefusal,
  type SpeechSettings,
  type SpokenFrame,
} from '@callplane/contracts';
import type { NatsBus } from '@callplane/messaging';
import type { Voice } from './agent-speech.ts';
import type { Clock } from './clock.ts';
import { KeptStream } from './kept-stream.ts';

export interface SpeakStreamEvents {
  audio(frame: SpokenFrame): void;
  lost(detail: string): void;
  /** Nobody will speak to the caller any more. */
  failed(detail: string): void;
}

interface SpeakWorker {
  readonly textSubject: string;
}

interface Pending {
  readonly text: string;
  /** ms of its audio that have arrived. */
  receivedMs: number;
  /** ms to leave out: another worker speaks the segment from its beginning. */
  skipMs: number;
}

const REQUEST_MS = 5000;

/** The agent's text to sound, over NATS, by whichever speech worker is alive. A lost worker's unfinished segments are spoken anew. */
export class SpeakStream implements Voice {
  private readonly bus: NatsBus;
  private readonly events: SpeakStreamEvents;
  private readonly stream: KeptStream<SpeakWorker>;
  private readonly pending = new Map<number, Pending>();

  constructor(
    bus: NatsBus,
    call: { callId: string; speech: SpeechSettings; sampleRate: 8000 | 16000 | 24000 },
    events: SpeakStreamEvents,
    clock: Clock,
  ) {
    this.bus = bus;
    this.events = events;
    this.stream = new KeptStream(
      `${call.callId}-speak`,
      {
        request: async (streamId) =>
          SpeakToCallerReply.parse(
            await bus.request(SPEAK_TO_CALLER_SUBJECT, speakRequest(streamId, call), REQUEST_MS),
          ),
        listen: (streamId) => this.listen(streamId),
        ping: (worker) => this.tell(worker, { t: 'ping' }),
        close: (worker) => this.tell(worker, { t: 'close' }),
      },
      {
        opened: (worker, again) => {
          if (again) this.speakAgain(worker);
        },
        lost: (detail) => events.lost(detail),
        failed: (detail) => events.failed(detail),
      },
      clock,
    );
  }

  /** Undefined once a worker is ready to speak; otherwise why none is. */
  open(): Promise<SpeechRefusal | undefined> {
    return this.stream.open();
  }

  speak(segment: number, text: string): void {
    this.pending.set(segment, { text, receivedMs: 0, skipMs: 0 });
    const worker = this.stream.current;
    if (worker !== undefined) this.tell(worker, { t: 'speak', segment, text });
  }

  cancel(): void {
    this.pending.clear();
    const worker = this.stream.current;
    if (worker !== undefined) this.tell(worker, { t: 'cancel' });
  }

  close(): void {
    this.pending.clear();
    this.stream.close();
  }

  private tell(worker: SpeakWorker, message: SpeakText): void {
    this.bus.publish(worker.textSubject, encodeSpeechMessage(SpeakText, message));
  }

  private speakAgain(worker: SpeakWorker): void {
    for (const [segment, pending] of this.pending) {
      pending.skipMs = pending.receivedMs;
      this.tell(worker, { t: 'speak', segment, text: pending.text });
    }
  }

  private listen(streamId: string): () => void {
    const subscription = this.bus.subscribe(speakAudioSubject(streamId), (bytes) => {
      this.stream.heard();
      const frame = decodeSpokenFrame(bytes);
      if (frame === undefined || frame.alive) return;
      if (frame.segment === 0) {
        if (frame.last) this.stream.lost(frame.error?.message ?? 'the speech worker closed the stream');
        return;
      }
      this.take(frame);
    });
    return () => subscription.unsubscribe();
  }

  private take(frame: SpokenFrame): void {
    const pending = this.pending.get(frame.segment);
    if (pending === undefined) return;
    const skip = Math.round(((pending.skipMs - frame.offsetMs) * frame.sampleRate) / 1000);
    const pcm = skip <= 0 ? frame.pcm : frame.pcm.slice(skip);
    pending.receivedMs += (pcm.length / frame.sampleRate) * 1000;
    if (frame.last) this.pending.delete(frame.segment);
    if (pcm.length > 0 || frame.last) this.events.audio(pcm === frame.pcm ? frame : { ...frame, pcm });
  }
}

function speakRequest(
  streamId: string,
  { callId, speech, sampleRate }: { callId: string; speech: SpeechSettings; sampleRate: 8000 | 16000 | 24000 },
): SpeakToCallerRequest {
  return {
    streamId,
    callId,
    provider: speech.ttsProvider,
    voice: speech.ttsVoice,
    language: speech.language,
    sampleRate,
    audioSubject: speakAudioSubject(streamId),
  };
}
