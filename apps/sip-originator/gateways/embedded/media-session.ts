import { joinRoom, type RoomLeg } from '@callplane/livekit';
import { openRtpSession, type NegotiatedMedia, type RtpSession } from '@callplane/sip';
import type { Logger } from '@callplane/telemetry';
import { InboundFeed } from './inbound-feed.ts';
import type { MediaNews, MediaOrder } from './media-messages.ts';
import { FRAME_MS, OutboundPacer } from './outbound-pacer.ts';
import { RtpWatch, type RtpWatchLimits } from './rtp-watch.ts';

const SAMPLE_RATE = 8000;
const JOIN_LIMIT_MS = 10_000;

export interface MediaSessionOptions {
  readonly order: MediaOrder & { t: 'open' };
  readonly limits: RtpWatchLimits;
  readonly log: Logger;
  readonly tell: (news: MediaNews) => void;
}

/** The media of one leg, inside a worker: RTP on one side, the caller's participant in the room on the other. */
export class MediaSession {
  readonly callId: string;
  private readonly options: MediaSessionOptions;
  private readonly rtp: RtpSession;
  private readonly watch: RtpWatch;
  private readonly feed: InboundFeed;
  private readonly pacer: OutboundPacer;
  private readonly joining: Promise<void>;
  private room: RoomLeg | undefined;
  private media: NegotiatedMedia | undefined;
  private closing: Promise<void> | undefined;

  private constructor(options: MediaSessionOptions, rtp: RtpSession) {
    this.options = options;
    this.callId = options.order.callId;
    this.rtp = rtp;
    this.watch = new RtpWatch(options.limits);
    this.feed = new InboundFeed((samples) => this.room?.captureFrame(samples) ?? Promise.resolve(false));
    this.pacer = new OutboundPacer((samples) => rtp.send(samples));
    rtp.on('audio', ({ samples, lost }) => {
      if (this.room !== undefined) this.feed.push(samples, lost);
    });
    rtp.on('dtmf', ({ digit }) => this.pressed(digit));
    this.joining = this.join();
  }

  /** Binds a port and begins to join. @throws when there is no port. */
  static async open(options: MediaSessionOptions): Promise<MediaSession> {
    return new MediaSession(options, await openRtpSession({ host: options.order.rtpHost, log: options.log }));
  }

  get port(): number {
    return this.rtp.port;
  }

  /** Begins, or follows a renegotiation. */
  start(media: NegotiatedMedia): void {
    if (this.closing !== undefined) return;
    this.media = media;
    this.rtp.start(media);
  }

  answered(now: number): void {
    this.watch.answered(now);
  }

  async setAttributes(attributes: Readonly<Record<string, string>>): Promise<void> {
    await this.joining;
    if (this.closing === undefined) await this.room?.setAttributes({ ...attributes });
  }

  /** Every 20 ms, for all sessions of the worker. */
  tick(now: number): void {
    if (this.media === undefined || this.closing !== undefined) return;
    this.pacer.tick(now);
    const expected = this.media.direction === 'sendrecv' || this.media.direction === 'recvonly';
    const silence = this.watch.check(now, this.rtp.stats.lastReceivedAt, expected);
    if (silence !== undefined) this.options.tell({ t: 'silent', callId: this.callId, ...silence });
  }

  /** Frees the port and leaves the room, a join under way included. Idempotent. */
  close(): Promise<void> {
    this.closing ??= this.giveBack();
    return this.closing;
  }

  private async join(): Promise<void> {
    const { order, tell, log } = this.options;
    const { callId, room } = order;
    try {
      const disconnected = (reason: string): void => {
        if (this.closing === undefined) tell({ t: 'room-left', callId, reason });
      };
      const how = { sampleRate: SAMPLE_RATE, queueMs: 0, trackName: 'phone', events: { disconnected } };
      this.room = await inTime(joinRoom({ ...room, ...how }));
      this.listen(this.room);
      if (this.closing === undefined) tell({ t: 'joined', callId });
    } catch (error) {
      log.warn({ err: error, call_id: callId }, 'media.join_failed');
      if (this.closing === undefined) tell({ t: 'join-failed', callId, detail: messageOf(error) });
    }
  }

  private listen(room: RoomLeg): void {
    room.onRemoteAudio(
      () => true,
      { sampleRate: SAMPLE_RATE, frameMs: FRAME_MS },
      (samples, identity) => {
        if (this.media === undefined || this.closing !== undefined) return;
        this.pacer.frame(samples, identity, performance.now());
      },
    );
  }

  private pressed(digit: string): void {
    const { tell, log } = this.options;
    tell({ t: 'dtmf', callId: this.callId });
    this.room?.sendDtmf(digit).catch((error: unknown) => {
      log.warn({ err: error, call_id: this.callId }, 'media.dtmf_not_published');
    });
  }

  private async giveBack(): Promise<void> {
    this.rtp.close();
    this.feed.close();
    await this.joining;
    await this.room?.close();
    const { received, sent, lost } = this.rtp.stats;
    this.options.tell({ t: 'closed', callId: this.callId, received, sent, lost });
  }
}

/** A participant that is sent away while it is still connecting never hears of it. A leg that comes late is closed. */
async function inTime(joining: Promise<RoomLeg>): Promise<RoomLeg> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, JOIN_LIMIT_MS, undefined)));
  const joined = await Promise.race([joining, late]).finally(() => clearTimeout(timer));
  if (joined !== undefined) return joined;
  joining.then(
    (leg) => leg.close(),
    () => undefined,
  );
  throw new Error(`LiveKit did not let us in within ${JOIN_LIMIT_MS} ms`);
}

/** An error and its cause in one line. */
export const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
};
