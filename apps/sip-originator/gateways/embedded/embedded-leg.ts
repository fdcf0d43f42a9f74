import type { LegEnd } from '@callplane/domain';
import {
  createOffer,
  type DialogSnapshot,
  readMedia,
  type HangUpOutcome as SipHangUpOutcome,
  type OutboundCall,
  type UserAgent,
} from '@callplane/sip';
import type { Logger } from '@callplane/telemetry';
import type { HangUpOutcome, LegListener, PlaceOrder } from '../sip-gateway.ts';
import type { JournalEntry, LegJournal } from '../leg-journal.ts';
import type { MediaEvents, MediaHandle } from './media-pool.ts';

/** How much later than the dispatcher's own deadline the gateway acts by itself. */
export const NET_MARGIN_MS = 2000;
/** How long the report of the end waits for the participant to leave; the room is torn down next. */
const MEDIA_CLOSE_LIMIT_MS = 1000;
const HANG_UP_LIMIT_MS = 2000;

/** Why this side ended the leg, when it did. */
type OwnReason =
  | { readonly why: 'ordered' | 'stopped'; readonly detail: string }
  | { readonly why: 'ring_timeout' | 'max_duration' }
  /** The audio broke. */
  | { readonly why: 'media'; readonly detail: string };

/** A live dialog in the journal. */
export interface EmbeddedEntry extends JournalEntry {
  readonly gateway: 'embedded';
  readonly dialog: DialogSnapshot;
}

export interface LegParts {
  readonly order: PlaceOrder;
  readonly listener: LegListener;
  readonly journal: LegJournal<EmbeddedEntry>;
  readonly log: Logger;
  /** Address the far end sends RTP to. */
  readonly mediaHost: string;
  /** Called once, after `listener.ended`. */
  readonly gone: () => void;
}

/** One outbound leg: the INVITE dialog and its media, from the order to the end that is told exactly once. */
export class EmbeddedLeg {
  private readonly parts: LegParts;
  private media: MediaHandle | undefined;
  private call: OutboundCall | undefined;
  private ownReason: OwnReason | undefined;
  private earlySdp: string | undefined;
  private lastRinging = '';
  private joined = false;
  private answeredOnWire = false;
  private answerTold = false;
  private ended = false;
  private net: NodeJS.Timeout | undefined;
  private readonly over: Promise<void>;
  private settleOver = (): void => undefined;

  constructor(parts: LegParts) {
    this.parts = parts;
    this.over = new Promise((resolve) => (this.settleOver = resolve));
  }

  /** What the media of this leg tells it. */
  readonly mediaEvents: MediaEvents = {
    joined: () => {
      this.joined = true;
      this.tellAnswered();
    },
    roomLeft: (reason) => this.roomLeft(reason),
    silent: ({ kind, forMs }) => {
      if (!this.ended) this.parts.listener.silent({ kind, detail: `no RTP for ${forMs} ms` });
    },
    dtmf: () => this.parts.log.info({ call_id: this.parts.order.callId }, 'leg.dtmf_received'),
    lost: (detail) => this.mediaLost(detail),
  };

  /** Sends the INVITE; the leg may have been hung up before it got this far. */
  dial(ua: UserAgent, media: MediaHandle, invite: { target: string; from: string; callId: string }): void {
    const { order } = this.parts;
    this.media = media;
    if (this.ownReason !== undefined) return this.finish(this.endBeforeInvite());
    const sdp = createOffer({ host: this.parts.mediaHost, port: media.port });
    const { credentials } = order.trunk;
    const call = ua.invite({ ...invite, sdp, ...(credentials === undefined ? {} : { credentials }) });
    this.call = call;
    call.on('provisional', (event) => this.provisional(event));
    call.on('answered', ({ sdp: answer }) => this.answered(answer));
    call.on('renegotiated', ({ sdp: offer }) => this.renegotiated(offer));
    call.on('ended', (end) => this.finish(this.explained(end)));
    this.note();
    this.startNet(order.ringTimeoutMs, { why: 'ring_timeout' });
  }

  /** CANCEL or BYE; resolves when the far end confirmed, or after 2 s. A second request joins the first. */
  async hangUp(reason: OwnReason): Promise<HangUpOutcome> {
    if (this.ended) return 'gone';
    this.ownReason ??= reason;
    if (this.call === undefined) {
      await this.over;
      return 'confirmed';
    }
    // Media first: the room must not hear the tail, and both endings run side by side.
    void this.media?.close();
    const outcome = OUTCOMES[await this.call.bye({ waitMs: HANG_UP_LIMIT_MS })];
    if (outcome !== 'gone') await this.over;
    return outcome;
  }

  /** The leg never started: `place` says so, and the listener hears nothing. */
  abandon(): void {
    this.ended = true;
    this.settleOver();
  }

  private provisional(event: { status: number; sdp?: string; headers: Readonly<Record<string, string>> }): void {
    if (event.sdp !== undefined) this.earlyMedia(event.sdp);
    const forwarded = event.status === 181 || event.headers['history-info'] !== undefined;
    const ringing = `${event.status} ${forwarded}`;
    if (ringing === this.lastRinging) return;
    this.lastRinging = ringing;
    this.media?.setAttributes({ 'sip.callStatus': 'ringing' });
    this.note();
    this.parts.listener.ringing({ sipCode: event.status, forwarded });
  }

  /** A ring-back tone or an announcement; the room hears it as the caller's audio. */
  private earlyMedia(sdp: string): void {
    this.earlySdp = sdp;
    const read = readMedia(sdp);
    if (read.ok) this.media?.start(read.media);
  }

  private answered(sdp: string): void {
    this.answeredOnWire = true;
    this.note();
    // A 200 without a description repeats what an earlier 18x said.
    const read = readMedia(sdp === '' ? (this.earlySdp ?? '') : sdp);
    if (!read.ok) return this.mediaLost(`the answer's SDP cannot be used: ${read.problem}`);
    this.media?.start(read.media);
    this.media?.answered();
    this.media?.setAttributes({ 'sip.callStatus': 'active' });
    this.startNet(this.parts.order.maxDurationMs, { why: 'max_duration' });
    this.tellAnswered();
  }

  /** Once the far end has answered and the caller is in the room: from here on nobody's word is lost. */
  private tellAnswered(): void {
    if (!this.answeredOnWire || !this.joined || this.answerTold || this.ended) return;
    this.answerTold = true;
    this.parts.listener.answered();
  }

  private renegotiated(offer: string): void {
    const read = readMedia(offer);
    if (read.ok) this.media?.start(read.media);
    this.note();
  }

  /** The state of the dialog changed: what a restarted gateway would need to end it. */
  private note(): void {
    const dialog = this.call?.snapshot();
    if (dialog !== undefined) this.parts.journal.save(this.parts.order.callId, { gateway: 'embedded', dialog });
  }

  private roomLeft(reason: string): void {
    const ordered = reason === 'PARTICIPANT_REMOVED' || reason === 'ROOM_DELETED';
    const detail = `the participant left the room: ${reason}`;
    void this.hangUp(ordered ? { why: 'ordered', detail } : { why: 'media', detail });
  }

  private mediaLost(detail: string): void {
    void this.hangUp({ why: 'media', detail });
  }

  /** Acts when the dispatcher, which has the same deadline a little earlier, has not. */
  private startNet(afterMs: number, reason: OwnReason): void {
    clearTimeout(this.net);
    this.net = setTimeout(() => void this.hangUp(reason), afterMs + NET_MARGIN_MS);
  }

  private endBeforeInvite(): LegEnd {
    const none = { phase: 'setup', headers: {}, challenged: false } as const;
    const reason = this.ownReason;
    if (reason?.why === 'media') return { ...none, by: 'error', how: 'media', reason: reason.detail };
    return { ...none, by: 'local', how: 'cancel' };
  }

  /** The stack says that we hung up; only the leg knows why. */
  private explained(end: LegEnd): LegEnd {
    const reason = this.ownReason;
    if (end.by !== 'local' || reason === undefined) return end;
    switch (reason.why) {
      case 'media':
        return { ...end, by: 'error', how: 'media', reason: reason.detail };
      case 'ring_timeout':
        return { ...end, how: 'timeout', reason: 'ring timeout of the gateway' };
      case 'max_duration':
        return { ...end, how: 'timeout', reason: 'max duration of the gateway' };
      case 'ordered':
      case 'stopped':
        return { ...end, reason: reason.detail };
    }
  }

  private finish(end: LegEnd): void {
    if (this.ended) return;
    clearTimeout(this.net);
    if (this.answeredOnWire && !this.answerTold) {
      this.answerTold = true;
      this.parts.listener.answered();
    }
    this.ended = true;
    void this.giveBack(end, Date.now());
  }

  private async giveBack(end: LegEnd, at: number): Promise<void> {
    const { order, journal, listener, gone } = this.parts;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, MEDIA_CLOSE_LIMIT_MS)));
    await Promise.race([Promise.all([this.media?.close(), journal.remove(order.callId)]), late]);
    clearTimeout(timer);
    listener.ended(end, at);
    gone();
    this.settleOver();
  }
}

const OUTCOMES: Record<SipHangUpOutcome, HangUpOutcome> = {
  confirmed: 'confirmed',
  crossed: 'confirmed',
  unconfirmed: 'unconfirmed',
  already_ended: 'gone',
};
