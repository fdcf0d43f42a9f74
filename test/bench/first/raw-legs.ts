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
const FRAME_MS = 10;
const FRAME_SAMPLES = (RATE * FRAME_MS) / 1000;
const BEEP_MS = 200;
const LOST_AFTER_MS = 2000;

/** A participant on bare rtc-node: publishes 10 ms frames without a queue, hears the other one in 10 ms frames. */
class RawParticipant {
  framesHeard = 0;
  private readonly room = new Room();
  private readonly source = new AudioSource(RATE, 1, 0);
  private timer: NodeJS.Timeout | undefined;
  private origin = 0;
  private sent = 0;
  private beep: { at: number; began: (sentAt: number) => void } | undefined;
  private onset: ((heardAt: number) => void) | undefined;

  async join(url: string, token: string): Promise<void> {
    this.room.on(RoomEvent.TrackSubscribed, (track) => {
      const stream = new AudioStream(track, { sampleRate: RATE, numChannels: 1, frameSizeMs: FRAME_MS });
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
    while (this.origin + this.sent * FRAME_MS <= performance.now()) {
      this.sent += 1;
      const at = performance.now();
      void this.source.captureFrame(new AudioFrame(this.nextFrame(at), RATE, 1, FRAME_SAMPLES)).catch(() => undefined);
    }
    this.timer = setTimeout(() => this.tick(), Math.max(0, this.origin + this.sent * FRAME_MS - performance.now()));
  }

  private nextFrame(at: number): Int16Array {
    const { beep } = this;
    if (beep === undefined) return new Int16Array(FRAME_SAMPLES);
    if (beep.at === 0) beep.began(at);
    beep.at += 1;
    if (beep.at * FRAME_MS >= BEEP_MS) this.beep = undefined;
    return toneSamples(FRAME_SAMPLES, (beep.at - 1) * FRAME_SAMPLES);
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
  private readonly there = new RawParticipant();
  private readonly back = new RawParticipant();
  private readonly rooms: RoomServiceClient;
  private readonly name = `bench-raw-${Math.random().toString(36).slice(2, 8)}`;

  private constructor(rooms: RoomServiceClient) {
    this.rooms = rooms;
  }

  static async open(env: Readonly<Record<string, string>>): Promise<RawLegs> {
    const { LIVEKIT_URL: url = '', LIVEKIT_API_KEY: key = '', LIVEKIT_API_SECRET: secret = '' } = env;
    const legs = new RawLegs(new RoomServiceClient(url.replace(/^ws/, 'http'), key, secret));
    const tokenOf = (identity: string): Promise<string> => {
      const token = new AccessToken(key, secret, { identity, ttl: 600 });
      token.addGrant({ room: legs.name, roomJoin: true, canPublish: true, canSubscribe: true });
      return token.toJwt();
    };
    await legs.there.join(url, await tokenOf('there'));
    await legs.back.join(url, await tokenOf('back'));
    await waitFor('both raw legs to hear', () => legs.there.framesHeard > 100 && legs.back.framesHeard > 100);
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
