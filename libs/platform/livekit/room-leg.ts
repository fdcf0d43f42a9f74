import {
  AudioFrame,
  AudioSource,
  DisconnectReason,
  dispose,
  LocalAudioTrack,
  ParticipantKind as RtcKind,
  Room,
  RoomEvent,
  TrackKind,
  TrackPublishOptions,
  TrackSource,
  type Participant,
  type RemoteParticipant,
  type RemoteTrack,
} from '@livekit/rtc-node';
import type { ParticipantKind, ParticipantView } from './participant-view.ts';
import { RemoteAudioReaders, type AudioFormat, type RemoteAudioCallback } from './remote-audio.ts';

export type { ParticipantKind, ParticipantView } from './participant-view.ts';
export type { AudioFormat } from './remote-audio.ts';

/** What may happen to a leg. Callbacks run one after the other; a throw in one is not caught. */
export interface RoomLegEvents {
  participantJoined?: (participant: ParticipantView) => void;
  participantLeft?: (participant: ParticipantView) => void;
  attributesChanged?: (participant: ParticipantView) => void;
  /** Another participant sent a DTMF digit. */
  dtmfReceived?: (digit: string, identity: string) => void;
  reconnecting?: () => void;
  reconnected?: () => void;
  /** Once, unless `close()` came first. `reason` is LiveKit's name (`ROOM_DELETED`, `PARTICIPANT_REMOVED`, ...). */
  disconnected?: (reason: string) => void;
}

/** How to join and what is published. */
export interface JoinRoomOptions {
  readonly url: string;
  readonly token: string;
  /** Rate of the one mono track we publish, samples a second. Default 8000. */
  readonly sampleRate?: number;
  /**
   * Audio LiveKit's source holds before `captureFrame` waits, ms. 0 = none: lowest latency, the giver keeps the pace.
   * Default 100.
   */
  readonly queueMs?: number;
  /** Default `audio`. */
  readonly trackName?: string;
  readonly events?: RoomLegEvents;
}

/** One audio-only participant: it publishes one mono track and hears the others. */
export interface RoomLeg {
  readonly identity: string;
  /** Participants now in the room, ourselves not counted. */
  participants(): ParticipantView[];
  /**
   * Hands samples to the track: any multiple of 10 ms. Resolves once the queue has room for more, with false when the leg
   * is closed or the audio was refused. The array is kept until then: give a fresh one each time (a view is copied).
   */
  captureFrame(pcm: Int16Array): Promise<boolean>;
  /** Drops what was captured and not played. */
  clearQueue(): void;
  /** ms captured and not played. */
  queuedMs(): number;
  /**
   * Calls back for each frame of every audio track, now and later, of participants `filter` accepts. The array is the callee's.
   * Returns a stop function.
   */
  onRemoteAudio(filter: (identity: string) => boolean, format: AudioFormat, callback: RemoteAudioCallback): () => void;
  /** Merges into our own attributes. Rejects when the leg is closed. */
  setAttributes(attributes: Record<string, string>): Promise<void>;
  /** Sends a DTMF digit to the room. */
  sendDtmf(digit: string): Promise<void>;
  /** Leaves: readers, captures, room, track, source, in the order the native side needs. Idempotent, never rejects. */
  close(): Promise<void>;
}

const DTMF_DIGITS = '0123456789*#ABCD';
const CLOSE_CAPTURES_MS = 500;

/** Joins the room and publishes the track. Rejects when LiveKit is away or refuses the token; nothing is left open then. */
export async function joinRoom(options: JoinRoomOptions): Promise<RoomLeg> {
  const room = new Room();
  const leg = new RtcRoomLeg(room, options);
  try {
    await room.connect(options.url, options.token, { autoSubscribe: true, dynacast: false });
    await leg.publish(options.trackName ?? 'audio');
  } catch (error) {
    await leg.close();
    throw new Error('could not join the LiveKit room', { cause: error });
  }
  return leg;
}

/** Releases the native runtime. Call it last, when every leg is closed, or the process does not exit. */
export async function disposeRtc(): Promise<void> {
  await dispose();
}

class RtcRoomLeg implements RoomLeg {
  private readonly room: Room;
  private readonly source: AudioSource;
  private readonly sampleRate: number;
  private readonly stepSamples: number;
  private readonly events: RoomLegEvents;
  private readonly readers = new RemoteAudioReaders();
  private readonly inFlight = new Set<Promise<unknown>>();
  private track: LocalAudioTrack | undefined;
  private closing: Promise<void> | undefined;
  private gone = false;

  constructor(room: Room, options: JoinRoomOptions) {
    this.room = room;
    this.events = options.events ?? {};
    this.sampleRate = options.sampleRate ?? 8000;
    const queueMs = options.queueMs ?? 100;
    this.source = new AudioSource(this.sampleRate, 1, queueMs);
    // Without a queue the native source takes exactly 10 ms at a time.
    this.stepSamples = queueMs === 0 ? this.sampleRate / 100 : Infinity;
    this.listen();
  }

  get identity(): string {
    return this.room.localParticipant?.identity ?? '';
  }

  async publish(name: string): Promise<void> {
    this.track = LocalAudioTrack.createAudioTrack(name, this.source);
    const publishing = new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE, dtx: false, red: false });
    await this.room.localParticipant?.publishTrack(this.track, publishing);
  }

  participants(): ParticipantView[] {
    return [...this.room.remoteParticipants.values()].map(viewOf);
  }

  async captureFrame(pcm: Int16Array): Promise<boolean> {
    if (this.closing !== undefined || this.gone) return false;
    if (pcm.length <= this.stepSamples) return this.capture(whole(pcm));
    for (let at = 0; at < pcm.length; at += this.stepSamples) {
      if (!(await this.capture(pcm.slice(at, at + this.stepSamples)))) return false;
    }
    return true;
  }

  clearQueue(): void {
    if (this.closing === undefined) this.source.clearQueue();
  }

  queuedMs(): number {
    return this.source.queuedDuration;
  }

  onRemoteAudio(filter: (identity: string) => boolean, format: AudioFormat, callback: RemoteAudioCallback): () => void {
    return this.readers.add({ filter, format, callback });
  }

  async setAttributes(attributes: Record<string, string>): Promise<void> {
    if (this.closing !== undefined || this.room.localParticipant === undefined) throw new Error('the leg is closed');
    await this.room.localParticipant.setAttributes(attributes);
  }

  async sendDtmf(digit: string): Promise<void> {
    const code = DTMF_DIGITS.indexOf(digit);
    if (code < 0 || digit.length !== 1) throw new RangeError(`${digit} is no DTMF digit`);
    await this.room.localParticipant?.publishDtmf(code, digit);
  }

  close(): Promise<void> {
    this.closing ??= this.leave();
    return this.closing;
  }

  private capture(pcm: Int16Array): Promise<boolean> {
    const capturing = this.source
      .captureFrame(new AudioFrame(pcm, this.sampleRate, 1, pcm.length))
      // Closing, and clearing with frames queued, refuses each of them.
      .then(() => true)
      .catch(() => false);
    this.inFlight.add(capturing);
    void capturing.finally(() => this.inFlight.delete(capturing));
    return capturing;
  }

  private async leave(): Promise<void> {
    await this.readers.stop();
    this.source.clearQueue();
    await Promise.race([Promise.allSettled(this.inFlight), delay(CLOSE_CAPTURES_MS)]);
    await this.room.disconnect().catch(() => undefined);
    await this.track?.close(false).catch(() => undefined);
    await this.source.close().catch(() => undefined);
  }

  private listen(): void {
    const { room, events } = this;
    room.on(RoomEvent.ParticipantConnected, (who) => events.participantJoined?.(viewOf(who)));
    room.on(RoomEvent.ParticipantDisconnected, (who) => events.participantLeft?.(viewOf(who)));
    room.on(RoomEvent.ParticipantAttributesChanged, (_changed, who) => events.attributesChanged?.(viewOf(who)));
    room.on(RoomEvent.DtmfReceived, (_code, digit, who) => events.dtmfReceived?.(digit, who.identity));
    room.on(RoomEvent.Reconnecting, () => events.reconnecting?.());
    room.on(RoomEvent.Reconnected, () => events.reconnected?.());
    room.on(RoomEvent.TrackSubscribed, (track, _publication, who) => this.hear(track, who));
    room.on(RoomEvent.TrackUnsubscribed, (track) => this.readers.trackGone(track));
    room.on(RoomEvent.Disconnected, (reason) => {
      if (this.gone || this.closing !== undefined) return;
      this.gone = true;
      events.disconnected?.(DisconnectReason[reason] ?? 'UNKNOWN_REASON');
    });
  }

  private hear(track: RemoteTrack, who: RemoteParticipant): void {
    if (track.kind === TrackKind.KIND_AUDIO && this.closing === undefined) this.readers.trackCame(track, who.identity);
  }
}

function viewOf(participant: Participant): ParticipantView {
  const { identity, attributes } = participant;
  return { identity, kind: kindOf(participant.kind), attributes: { ...attributes } };
}

function kindOf(kind: RtcKind): ParticipantKind {
  if (kind === RtcKind.SIP) return 'sip';
  return kind === RtcKind.STANDARD ? 'standard' : 'other';
}

/** The native side reads from the start of the underlying buffer, whatever the view says. */
function whole(pcm: Int16Array): Int16Array {
  return pcm.byteOffset === 0 && pcm.byteLength === pcm.buffer.byteLength ? pcm : pcm.slice();
}

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
