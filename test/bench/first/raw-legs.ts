import {
  AudioFrame,
  AudioSource,
  AudioStream,
  LocalAudioTrack,
  Room,
  RoomEvent,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node';
import { waitFor } from '@callplane/testing';
import { AccessToken, RoomServiceClient } from 'livekit-server-sdk';
import { onsetMs, toneSamples } from './tone.ts';

const RATE = 8000;
const BEEP_MS = 200;
const LOST_AFTER_MS = 2000;

/** How a raw participant handles audio. Without a queue the native source takes frames of 10 ms only. */
export interface RawFormat {
  readonly frameMs: number;
  readonly queueMs: number;
}

/** Least delay: what a leg can be. */
export const QUICK: RawFormat = { frameMs: 10, queueMs: 0 };
/** Least work. */
export const CHEAP: RawFormat = { frameMs: 20, queueMs: 100 };

/** A participant on bare rtc-node: publishes frames at their pace, silence or a beep, and hears the other one. */
class RawParticipant {
  framesHeard = 0;
  private readonly room = new Room();
  private readonly source: AudioSource;
  private readonly frameMs: number;
  private readonly frameSamples: number;
  private timer: NodeJS.Timeout | undefined;
  private origin = 0;
  private sent = 0;
  private beep: { at: number; began: (sentAt: number) => void } | undefined;
  private onset: ((heardAt: number) => void) | undefined;

  constructor({ frameMs, queueMs }: RawFormat) {
    this.source = new AudioSource(RATE, 1, queueMs);
    this.frameMs = frameMs;
    this.frameSamples = (RATE * frameMs) / 1000;
  }

  async join(url: string, token: string): Promise<void> {
    this.room.on(RoomEvent.TrackSubscribed, (track) => {
      const stream = new AudioStream(track, { sampleRate: RATE, numChannels: 1, frameSizeMs: this.frameMs });
      void this.listen(stream);
    });
    await this.room.connect(url, token, { autoSubscribe: true, dynacast: false });
    const track = LocalAudioTrack.createAudioTrack('audio', this.source);
    const how = new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE, dtx: false, red: false });
    await this.room.localParticipant?.publishTrack(track, how);
    this.origin = performance.now();
    this.tick();
  }

  /** @returns when the first frame of the beep was captured. */
  startBeep(): Promise<number> {
    return new Promise((began) => (this.beep = { at: 0, began }));
  }

  hearOnset(): Promise<number> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('a raw LiveKit leg lost a beep')), LOST_AFTER_MS);
      this.onset = (heardAt) => {
        clearTimeout(late);
        this.onset = undefined;
        resolve(heardAt);
      };
    });
  }

  async leave(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.room.disconnect();
    await this.source.close();
  }

  private tick(): void {
    while (this.origin + this.sent * this.frameMs <= performance.now()) {
      this.sent += 1;
      const at = performance.now();
      void this.source
        .captureFrame(new AudioFrame(this.nextFrame(at), RATE, 1, this.frameSamples))
        .catch(() => undefined);
    }
    this.timer = setTimeout(() => this.tick(), Math.max(0, this.origin + this.sent * this.frameMs - performance.now()));
  }

  private nextFrame(at: number): Int16Array {
    const { beep } = this;
    if (beep === undefined) return new Int16Array(this.frameSamples);
    if (beep.at === 0) beep.began(at);
    beep.at += 1;
    if (beep.at * this.frameMs >= BEEP_MS) this.beep = undefined;
    return toneSamples(this.frameSamples, (beep.at - 1) * this.frameSamples);
  }

  private async listen(stream: AudioStream): Promise<void> {
    const reader = stream.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.framesHeard += 1;
      const at = performance.now();
      const onset = onsetMs(value.data);
      if (onset !== undefined) this.onset?.(at + onset);
    }
  }
}

/** Two participants in a room of their own: the peer of a turn is one beep there and one back. */
export class RawLegs {
  private readonly there: RawParticipant;
  private readonly back: RawParticipant;
  private readonly rooms: RoomServiceClient;
  private readonly name = `bench-raw-${Math.random().toString(36).slice(2, 8)}`;

  private constructor(rooms: RoomServiceClient, format: RawFormat) {
    this.rooms = rooms;
    this.there = new RawParticipant(format);
    this.back = new RawParticipant(format);
  }

  static async open(env: NodeJS.ProcessEnv, format: RawFormat): Promise<RawLegs> {
    const { LIVEKIT_URL: url = '', LIVEKIT_API_KEY: key = '', LIVEKIT_API_SECRET: secret = '' } = env;
    const legs = new RawLegs(new RoomServiceClient(url.replace(/^ws/, 'http'), key, secret), format);
    const tokenOf = (identity: string): Promise<string> => {
      const token = new AccessToken(key, secret, { identity, ttl: 600 });
      token.addGrant({ room: legs.name, roomJoin: true, canPublish: true, canSubscribe: true });
      return token.toJwt();
    };
    await legs.there.join(url, await tokenOf('there'));
    await legs.back.join(url, await tokenOf('back'));
    await waitFor('both raw legs to hear', () => legs.there.framesHeard > 50 && legs.back.framesHeard > 50);
    return legs;
  }

  /** One way in ms, each direction once. */
  async measure(): Promise<{ thereMs: number; backMs: number }> {
    const thereMs = await oneWay(this.there, this.back);
    return { thereMs, backMs: await oneWay(this.back, this.there) };
  }

  async close(): Promise<void> {
    await Promise.all([this.there.leave(), this.back.leave()]);
    await this.rooms.deleteRoom(this.name).catch(() => undefined);
  }
}

async function oneWay(from: RawParticipant, to: RawParticipant): Promise<number> {
  const heard = to.hearOnset();
  const sentAt = await from.startBeep();
  const heardAt = await heard;
  // The beep has to be over before the next one.
  await new Promise((resolve) => setTimeout(resolve, BEEP_MS + 100));
  return heardAt - sentAt;
}
