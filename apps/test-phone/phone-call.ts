import { answerOffer, readMedia } from '@callplane/sip';
import type { CallEvents, InboundCall, NegotiatedMedia, OutboundCall, RtpSession, SipCall } from '@callplane/sip';
import { AgentEar } from './agent-ear.ts';
import type { CallEntry } from './call-book.ts';
import { HeardRecorder } from './heard-recorder.ts';
import { PacedMouth } from './paced-mouth.ts';
import type { Handset } from './play-behaviour.ts';
import { beep } from './recordings.ts';
import type { Recordings } from './recordings.ts';

/** What every call of the phone shares. */
export interface PhoneTools {
  readonly recordings: Recordings;
  /** Where to keep what was heard; undefined keeps nothing. */
  readonly recordDir: string | undefined;
  /** Milliseconds since the first message of a call. */
  readonly elapsed: (entry: CallEntry) => number;
}

/** Ear, mouth and media of one call, either way; the signalling differs and sits in the two subclasses. */
abstract class PhoneCall implements Handset {
  readonly #ended = new AbortController();
  protected readonly rtp: RtpSession;
  protected readonly entry: CallEntry;
  readonly #tools: PhoneTools;
  readonly #ear = new AgentEar();
  readonly #mouth: PacedMouth;
  readonly #recorder: HeardRecorder | undefined;
  #answeredAt: number | undefined;

  constructor(leg: SipCall<CallEvents>, rtp: RtpSession, entry: CallEntry, tools: PhoneTools) {
    this.rtp = rtp;
    this.entry = entry;
    this.#tools = tools;
    this.#recorder = tools.recordDir === undefined ? undefined : new HeardRecorder();
    this.#mouth = new PacedMouth(rtp, () => this.#ear.tick(this.#sinceAnswer()));
    rtp.on('audio', ({ samples }) => {
      this.#ear.hear(samples, this.#sinceAnswer());
      this.#recorder?.add(samples, this.#sinceAnswer());
    });
    rtp.on('dtmf', ({ digit }) => entry.dtmf.push(digit));
    leg.on('renegotiated', ({ sdp }) => {
      const media = readMedia(sdp);
      if (media.ok) rtp.start(media.media);
    });
    if (leg.state === 'ended') this.#finish();
    else leg.on('ended', () => this.#finish());
  }

  get over(): AbortSignal {
    return this.#ended.signal;
  }

  abstract ring(): void;
  abstract answer(): void;
  abstract refuse(status: number, reason: string): void;
  abstract hangUp(): Promise<void>;

  async say(recording: string): Promise<void> {
    const samples = this.#tools.recordings.get(recording);
    if (!samples) throw new Error(`there is no recording ${recording}`);
    await this.#mouth.play(samples);
  }

  beep(ms: number): Promise<void> {
    return this.#mouth.play(beep(ms));
  }

  stopMedia(): void {
    this.#mouth.mute();
  }

  speechEnd(patienceMs: number): Promise<void> {
    return this.#heard('end', patienceMs);
  }

  speechStart(patienceMs: number): Promise<void> {
    return this.#ear.isSpeaking ? Promise.resolve() : this.#heard('start', patienceMs);
  }

  /** The call is up: sound flows from here on. */
  protected startMedia(media: NegotiatedMedia): void {
    this.#answeredAt = performance.now();
    this.entry.answeredAtMs = this.#tools.elapsed(this.entry);
    this.rtp.start(media);
    this.#mouth.start();
  }

  /** Keeps the entry up to date while the call runs. */
  refresh(): void {
    this.entry.heard = this.#ear.summary;
  }

  #sinceAnswer(): number {
    return this.#answeredAt === undefined ? 0 : Math.round(performance.now() - this.#answeredAt);
  }

  #heard(edge: 'start' | 'end', patienceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        forget();
        this.over.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, patienceMs);
      const forget = this.#ear.once(edge, finish);
      this.over.addEventListener('abort', finish);
    });
  }

  #finish(): void {
    this.#mouth.stop();
    this.rtp.close();
    this.refresh();
    const dir = this.#tools.recordDir;
    if (dir !== undefined && this.#recorder && this.#answeredAt !== undefined)
      this.entry.recording = this.#recorder.save(dir, this.entry.id);
    this.#ended.abort();
  }
}

/** Somebody calls the phone. */
export class AnsweringCall extends PhoneCall {
  readonly #leg: InboundCall;

  constructor(leg: InboundCall, rtp: RtpSession, entry: CallEntry, tools: PhoneTools) {
    super(leg, rtp, entry, tools);
    this.#leg = leg;
  }

  ring(): void {
    this.#leg.ring();
  }

  answer(): void {
    const answer = answerOffer(this.#leg.sdp, { host: this.rtp.host, port: this.rtp.port });
    if (!answer.ok) this.#leg.reject(488);
    else if (this.#leg.answer(answer.sdp)) this.startMedia(answer.media);
  }

  refuse(status: number, reason: string): void {
    this.#leg.reject(status, reason);
  }

  async hangUp(): Promise<void> {
    await this.#leg.bye();
  }
}

/** The phone calls somebody. It has nothing to ring, answer or refuse. */
export class DialledCall extends PhoneCall {
  readonly #leg: OutboundCall;

  constructor(leg: OutboundCall, rtp: RtpSession, entry: CallEntry, tools: PhoneTools) {
    super(leg, rtp, entry, tools);
    this.#leg = leg;
  }

  /** The other side answered with this description; false (and the call ended) when it cannot be used. */
  connected(sdp: string): boolean {
    const media = readMedia(sdp);
    if (media.ok) this.startMedia(media.media);
    else void this.#leg.bye();
    return media.ok;
  }

  ring(): void {}

  answer(): void {}

  refuse(): void {}

  async hangUp(): Promise<void> {
    await this.#leg.bye();
  }
}
