import {
  agentFrameSchema,
  agentFrameSubject,
  attachRequestSchema,
  attachSubject,
  bridgeFrameSubject,
  liveTurnSubject,
  type CommandData,
  type FactEnvelope,
  type SpeechSettings,
} from '@callplane/contracts';
import type { RoomAdmin, RoomLeg, RoomLegEvents } from '@callplane/livekit';
import type { BusSubscription, NatsBus } from '@callplane/messaging';
import type { Logger } from '@callplane/telemetry';
import { deleteRoomForSure } from '../delete-room-for-sure.ts';
import type { CallEnd, LiveCall } from '../live-calls.ts';
import { callStartedFrame } from './call-started.ts';
import { systemClock, type Clock } from './clock.ts';
import { Conversation } from './conversation.ts';
import { HearStream } from './hear-stream.ts';
import { TranscriptRecorder, type TranscriptSink } from './record-transcript.ts';
import { createFactReporter, type ReportFact } from './report-facts.ts';
import { RunnerLink } from './runner-link.ts';
import { SpeakStream } from './speak-stream.ts';
import { CallerAudioWatch } from './watch-caller-audio.ts';

export interface BridgeCallDeps {
  readonly bus: NatsBus;
  readonly publishFact: (fact: FactEnvelope) => void;
  readonly transcripts: TranscriptSink;
  readonly rooms: RoomAdmin;
  readonly node: string;
  readonly log: Logger;
}

interface SpeechFormat {
  readonly callId: string;
  readonly speech: SpeechSettings;
  readonly sampleRate: typeof SAMPLE_RATE;
}

/** A phone line has no more. */
const SAMPLE_RATE = 8000;
const FRAME_MS = 20;
const WATCH_MS = 1000;
const LAST_FINAL_MS = 500;
const TEXT_END_MS = 1000;
const FLUSH_MS = 2000;
/** Identities of phone legs in a room. */
const PHONE = 'sip_';

/** Everything one call needs in this process, wired together; and the order in which it is taken apart. */
export class BridgeCall implements LiveCall {
  readonly callId: string;
  readonly roomName: string;
  private readonly deps: BridgeCallDeps;
  private readonly log: Logger;
  private readonly clock: Clock = systemClock;
  private readonly report: ReportFact;
  private readonly transcript: TranscriptRecorder;
  private readonly link: RunnerLink;
  private readonly conversation: Conversation;
  private readonly hearing: HearStream;
  private readonly voice: SpeakStream;
  private readonly audioWatch: CallerAudioWatch;
  private subscriptions: BusSubscription[] = [];
  private leg: RoomLeg | undefined;
  private stopCallerAudio: () => void = () => undefined;
  private cancelWatch: () => void = () => undefined;
  private closing: Promise<void> | undefined;

  constructor(order: CommandData<'open-bridge'>, deps: BridgeCallDeps) {
    const { callId, roomName, speech } = order;
    this.callId = callId;
    this.roomName = roomName;
    this.deps = deps;
    this.log = deps.log.child({ call_id: callId });
    this.report = createFactReporter(deps.publishFact, { callId, node: deps.node }, this.clock);
    this.transcript = new TranscriptRecorder(callId, deps.transcripts, this.clock, (error) =>
      this.log.warn({ err: error }, 'transcript.write_retried'),
    );
    this.audioWatch = new CallerAudioWatch(this.report);
    const format = { callId, speech, sampleRate: SAMPLE_RATE } as const;
    this.hearing = this.createHearing(format);
    this.voice = this.createVoice(format);
    this.link = this.createLink(order);
    this.conversation = this.createConversation(order);
  }

  /** Takes the runner's socket from now on. */
  listenToRunner(): void {
    const { bus } = this.deps;
    this.subscriptions = [
      bus.subscribeJson(agentFrameSubject(this.callId), (value) => this.link.take(agentFrameSchema.parse(value))),
      bus.respond(attachSubject(this.callId), (value) =>
        Promise.resolve(this.link.attach(attachRequestSchema.parse(value))),
      ),
    ];
  }

  /** Both speech streams, side by side; why one could not be had, or undefined. */
  async openSpeech(): Promise<{ code: string; message: string } | undefined> {
    const [stt, tts] = await Promise.all([this.hearing.open(), this.voice.open()]);
    if (stt !== undefined) return { code: 'stt_unavailable', message: `${stt.code}: ${stt.message}` };
    if (tts !== undefined) return { code: 'tts_unavailable', message: `${tts.code}: ${tts.message}` };
    return undefined;
  }

  /** What the room tells us. */
  roomEvents(): RoomLegEvents {
    return {
      participantJoined: (who) => this.log.info({ identity: who.identity }, 'room.participant_joined'),
      participantLeft: (who) => this.log.info({ identity: who.identity }, 'room.participant_left'),
      reconnecting: () => this.log.warn({}, 'room.reconnecting'),
      reconnected: () => this.log.info({}, 'room.reconnected'),
      disconnected: (reason) => this.reportLost(`the room was left: ${reason}`),
    };
  }

  joined(leg: RoomLeg): void {
    this.leg = leg;
    const format = { sampleRate: SAMPLE_RATE, frameMs: FRAME_MS };
    this.stopCallerAudio = leg.onRemoteAudio(
      (identity) => identity.startsWith(PHONE),
      format,
      (pcm) => this.callerFrame(pcm),
    );
  }

  start(activeAt: number): void {
    if (this.closing !== undefined || this.conversation.started) return;
    this.log.info({ active_to_start_ms: Math.round(this.clock.now() - activeAt) }, 'conversation.started');
    this.audioWatch.start(this.clock.now());
    this.conversation.start();
    this.watch();
  }

  close(end: CallEnd): Promise<void> {
    this.closing ??= this.takeApart(end);
    return this.closing;
  }

  reportLost(detail: string): void {
    if (this.closing !== undefined) return;
    this.log.warn({ detail }, 'bridge.lost');
    this.report('bridge-lost', { detail });
  }

  /** Undoes an opening that failed half-way. */
  async discard(): Promise<void> {
    this.closing ??= this.leave();
    await this.closing;
  }

  private callerFrame(pcm: Int16Array): void {
    if (!this.conversation.started) return;
    this.audioWatch.frame(this.clock.now());
    this.hearing.hear(pcm);
  }

  /** A track that takes nothing (the room was left) still lets time pass, so that nothing counts as heard at once. */
  private async capture(pcm: Int16Array): Promise<boolean> {
    if (await this.leg?.captureFrame(pcm)) return true;
    await new Promise<void>((resolve) => this.clock.after((pcm.length * 1000) / SAMPLE_RATE, resolve));
    return false;
  }

  private watch(): void {
    this.cancelWatch = this.clock.after(WATCH_MS, () => {
      this.audioWatch.check(this.clock.now());
      this.watch();
    });
  }

  private async takeApart({ status, endReason }: CallEnd): Promise<void> {
    this.cancelWatch();
    this.hearing.endUtterance();
    const { turnId } = await this.conversation.finish({
      finalMs: LAST_FINAL_MS,
      textEndMs: TEXT_END_MS,
      runnerAttached: this.link.attached,
    });
    const { callId } = this;
    this.link.close(
      { event: 'state', state: 'idle', turn_id: turnId, call_id: callId, status, end_reason: endReason },
      endReason,
    );
    const [flushed] = await Promise.all([this.transcript.flush(FLUSH_MS), this.leave()]);
    if (!flushed) this.log.error({}, 'transcript.not_flushed');
  }

  /** Speech, subscriptions, room, in this order; verified. */
  private async leave(): Promise<void> {
    this.cancelWatch();
    this.stopCallerAudio();
    this.hearing.close();
    this.voice.close();
    for (const subscription of this.subscriptions.splice(0)) subscription.unsubscribe();
    await this.leg?.close();
    await deleteRoomForSure(this.deps.rooms, this.roomName);
  }

  private createHearing(format: SpeechFormat): HearStream {
    return new HearStream(
      this.deps.bus,
      format,
      {
        event: (event, sentMs) => this.conversation.hear(event, sentMs),
        lost: (detail) => {
          this.log.warn({ which: 'stt', detail }, 'speech.reopening');
          this.conversation.hearingLost();
        },
        failed: (detail) => this.speechFailed('stt', detail),
      },
      this.clock,
    );
  }

  private createVoice(format: SpeechFormat): SpeakStream {
    return new SpeakStream(
      this.deps.bus,
      format,
      {
        audio: (frame) => this.conversation.takeVoice(frame),
        lost: (detail) => this.log.warn({ which: 'tts', detail }, 'speech.reopening'),
        failed: (detail) => this.speechFailed('tts', detail),
      },
      this.clock,
    );
  }

  private createLink(order: CommandData<'open-bridge'>): RunnerLink {
    const { bus } = this.deps;
    const { roomName, speech, brief, callId } = order;
    return new RunnerLink({
      clock: this.clock,
      report: this.report,
      publish: (frame) => bus.publishJson(bridgeFrameSubject(callId), frame),
      callStarted: ({ jobId }) =>
        callStartedFrame({ callId, jobId, roomName, voiceProfileId: speech.voiceProfileId, brief }),
      roomId: roomName,
      onVerb: (verb) => this.conversation.takeVerb(verb),
      onGone: () => this.conversation.runnerGone(),
      playedOut: () => this.conversation.whenQuiet(),
      onBadFrame: (frame) => this.log.warn({ event: frame['event'] }, 'agent.frame_ignored'),
    });
  }

  private createConversation(order: CommandData<'open-bridge'>): Conversation {
    const { bus } = this.deps;
    return new Conversation({
      callId: order.callId,
      language: order.speech.language,
      greeting: order.greeting,
      clock: this.clock,
      voice: this.voice,
      sink: {
        captureFrame: (pcm) => this.capture(pcm),
        clearQueue: () => this.leg?.clearQueue(),
        queuedMs: () => this.leg?.queuedMs() ?? 0,
      },
      sampleRate: SAMPLE_RATE,
      report: this.report,
      transcript: this.transcript,
      send: (event) => this.link.send(event),
      publishTurn: (turn) => bus.publishJson(liveTurnSubject(order.callId), turn),
      onEndCall: (reason) => this.link.reportEndCall(reason),
      log: (fields, message) => this.log.info(fields, message),
    });
  }

  private speechFailed(which: 'stt' | 'tts', detail: string): void {
    this.log.error({ which, detail }, 'speech.failed');
    this.report('speech-failed', { which, detail });
  }
}
