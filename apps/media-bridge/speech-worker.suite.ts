import {
  decodeAudioFrame,
  decodeSpeechMessage,
  encodeSpeechMessage,
  encodeSpokenFrame,
  HEAR_CALLER_SUBJECT,
  HearCallerRequest,
  hearAudioSubject,
  hearControlSubject,
  HearControl,
  HearEvent,
  SPEAK_TO_CALLER_SUBJECT,
  SpeakText,
  speakTextSubject,
  SpeakToCallerRequest,
  SPEECH_QUEUE_GROUP,
  type SpeechErrorCode,
  type SpokenFrame,
} from '@callplane/contracts';
import type { BusSubscription, NatsBus } from '@callplane/messaging';

const ALIVE_MS = 500;
const LOUD = 500;
/** A character of text is so long a tone, ms. */
export const MS_PER_CHARACTER = 40;
const CHUNK_MS = 100;

/**
 * A speech adapter without speech: a loud sound is an utterance whose words are the next of `script`, and text is a tone as
 * long as the words are. It can be killed, and it can refuse.
 */
export class SpeechWorker {
  readonly script: string[] = [];
  readonly spoken: string[] = [];
  readonly opened: string[] = [];
  refuseHear: SpeechErrorCode | undefined;
  refuseSpeak: SpeechErrorCode | undefined;
  /** The voice says nothing while true. */
  mute = false;
  private readonly bus: NatsBus;
  private readonly name: string;
  private readonly doors: BusSubscription[];
  private readonly streams = new Map<string, () => void>();
  private readonly hearing = new Map<string, (event: HearEvent) => void>();
  private readonly speaking = new Map<string, (frame: Partial<SpokenFrame> & { segment: number }) => void>();

  constructor(bus: NatsBus, name: string) {
    this.bus = bus;
    this.name = name;
    this.doors = [
      bus.respond(HEAR_CALLER_SUBJECT, (raw) => Promise.resolve(this.openHear(raw)), SPEECH_QUEUE_GROUP),
      bus.respond(SPEAK_TO_CALLER_SUBJECT, (raw) => Promise.resolve(this.openSpeak(raw)), SPEECH_QUEUE_GROUP),
    ];
  }

  /** Gone without a word. */
  kill(): void {
    for (const door of this.doors) door.unsubscribe();
    for (const stop of this.streams.values()) stop();
    this.streams.clear();
    this.hearing.clear();
    this.speaking.clear();
  }

  /** Streams that are open now. */
  get open(): number {
    return this.streams.size;
  }

  /** Says this on every open hearing stream. */
  tell(event: HearEvent): void {
    for (const say of this.hearing.values()) say(event);
  }

  /** Sends this on every open speaking stream. */
  send(frame: Partial<SpokenFrame> & { segment: number }): void {
    for (const send of this.speaking.values()) send(frame);
  }

  private openHear(raw: unknown): object {
    if (this.refuseHear !== undefined) return { ok: false, code: this.refuseHear, message: 'no recogniser' };
    const { streamId, eventSubject, hangoverMs } = HearCallerRequest.parse(raw);
    this.opened.push(streamId);
    const say = (event: HearEvent): void => {
      this.bus.publish(eventSubject, encodeSpeechMessage(HearEvent, event));
    };
    const ear = new Ear(say, hangoverMs ?? 300, () => this.script.shift() ?? '');
    const audioSubject = hearAudioSubject(this.name, streamId);
    const controlSubject = hearControlSubject(this.name, streamId);
    const subscriptions = [
      this.bus.subscribe(audioSubject, (bytes) => {
        const frame = decodeAudioFrame(bytes);
        if (frame !== undefined) ear.hear(frame.pcm, frame.sampleRate);
      }),
      this.bus.subscribe(controlSubject, (bytes) => {
        const order = decodeSpeechMessage(HearControl, bytes);
        if (order?.t === 'end-utterance') ear.finish();
        if (order?.t === 'close') this.stop(streamId);
      }),
    ];
    const alive = setInterval(() => say({ t: 'alive' }), ALIVE_MS);
    this.hearing.set(streamId, say);
    this.streams.set(streamId, () => {
      clearInterval(alive);
      for (const subscription of subscriptions) subscription.unsubscribe();
    });
    return { ok: true, worker: this.name, audioSubject, controlSubject };
  }

  private openSpeak(raw: unknown): object {
    if (this.refuseSpeak !== undefined) return { ok: false, code: this.refuseSpeak, message: 'no voice' };
    const { streamId, audioSubject, sampleRate } = SpeakToCallerRequest.parse(raw);
    this.opened.push(streamId);
    let sequence = 0;
    const send = (frame: Partial<SpokenFrame> & { segment: number }): void => {
      const blank = { sampleRate, last: false, failed: false, alive: false, offsetMs: 0, pcm: new Int16Array(0) };
      this.bus.publish(audioSubject, encodeSpokenFrame({ ...blank, ...frame, sequence }));
      sequence += 1;
    };
    const textSubject = speakTextSubject(this.name, streamId);
    const subscription = this.bus.subscribe(textSubject, (bytes) => {
      const order = decodeSpeechMessage(SpeakText, bytes);
      if (order?.t === 'close') this.stop(streamId);
      if (order?.t !== 'speak') return;
      this.spoken.push(order.text);
      if (!this.mute) speak(order.segment, order.text.length * MS_PER_CHARACTER, sampleRate, send);
    });
    const alive = setInterval(() => send({ segment: 0, alive: true }), ALIVE_MS);
    this.speaking.set(streamId, send);
    this.streams.set(streamId, () => {
      clearInterval(alive);
      subscription.unsubscribe();
    });
    return { ok: true, worker: this.name, textSubject };
  }

  private stop(streamId: string): void {
    this.streams.get(streamId)?.();
    this.streams.delete(streamId);
    this.hearing.delete(streamId);
    this.speaking.delete(streamId);
  }
}

function speak(
  segment: number,
  ms: number,
  sampleRate: number,
  send: (frame: Partial<SpokenFrame> & { segment: number }) => void,
): void {
  for (let at = 0; at < ms; at += CHUNK_MS) {
    const length = Math.round((Math.min(CHUNK_MS, ms - at) * sampleRate) / 1000);
    const pcm = Int16Array.from({ length }, (_, i) =>
      Math.round(8000 * Math.sin((2 * Math.PI * 500 * i) / sampleRate)),
    );
    send({ segment, pcm, offsetMs: at, last: at + CHUNK_MS >= ms });
  }
}

export const loudness = (pcm: Int16Array): number => Math.sqrt(pcm.reduce((sum, s) => sum + s * s, 0) / pcm.length);

/** 40 ms of sound begin an utterance, silence for the hangover ends it. */
class Ear {
  private readonly say: (event: HearEvent) => void;
  private readonly hangoverMs: number;
  private readonly nextWords: () => string;
  private atMs = 0;
  private loudMs = 0;
  private lastLoudMs = 0;
  private startMs: number | undefined;

  constructor(say: (event: HearEvent) => void, hangoverMs: number, nextWords: () => string) {
    this.say = say;
    this.hangoverMs = hangoverMs;
    this.nextWords = nextWords;
  }

  hear(pcm: Int16Array, sampleRate: number): void {
    const ms = (pcm.length / sampleRate) * 1000;
    this.atMs += ms;
    if (loudness(pcm) > LOUD) {
      this.loudMs += ms;
      this.lastLoudMs = this.atMs;
      if (this.startMs === undefined && this.loudMs >= 40) {
        this.startMs = this.atMs - this.loudMs;
        this.say({ t: 'speech-start', atMs: this.startMs });
        this.say({ t: 'partial', text: 'um', atMs: this.atMs });
      }
    } else {
      this.loudMs = 0;
      if (this.atMs - this.lastLoudMs >= this.hangoverMs) this.finish();
    }
  }

  finish(): void {
    if (this.startMs === undefined) return;
    this.say({ t: 'speech-end', atMs: this.lastLoudMs });
    const times = { startMs: this.startMs, endMs: this.lastLoudMs, sttMs: 0 };
    this.startMs = undefined;
    this.say({ t: 'final', text: this.nextWords(), ...times });
  }
}
