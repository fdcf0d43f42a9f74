import type { LegEnd } from '@callplane/domain';
import type { ParticipantView, RoomAdmin, SipClient, SipParticipantOutcome } from '@callplane/livekit';
import type { Logger } from '@callplane/telemetry';
import type { HangUpOutcome, LegListener, PlaceOrder } from '../sip-gateway.ts';
import { endOfAttempt, endOfPresence } from './map-outcome.ts';

/** Dispatcher's deadlines come first; this net is behind them. */
const NET_MARGIN_MS = 2000;
const HANG_UP_LIMIT_MS = 2000;
const VERIFY_EVERY_MS = 100;

export interface LiveKitLegParts {
  readonly order: PlaceOrder;
  readonly providerTrunkId: string;
  readonly listener: LegListener;
  readonly sip: SipClient;
  readonly rooms: RoomAdmin;
  readonly pollMs: number;
  readonly log: Logger;
  /** Called once, after `listener.ended`. */
  readonly gone: () => void;
}

/** One leg of LiveKit's SIP service: dialled by one request, watched by looking at its participant, ended by removing it. */
export class LiveKitLeg {
  private readonly parts: LiveKitLegParts;
  private readonly startedAt = performance.now();
  private phase: 'setup' | 'talk' | 'ended' = 'setup';
  private givenUp: 'ordered' | 'ring_timeout' | 'max_duration' | undefined;
  private lastStatus = '';
  private outcome: SipParticipantOutcome | undefined;
  private poll: NodeJS.Timeout | undefined;
  private net: NodeJS.Timeout | undefined;

  constructor(parts: LiveKitLegParts) {
    this.parts = parts;
  }

  /** Returns at once; LiveKit answers when the far end did. */
  dial(): void {
    const { order, sip, providerTrunkId, log } = this.parts;
    const request = sip.createSipParticipant({
      trunkId: providerTrunkId,
      to: order.to,
      from: order.from,
      roomName: order.roomName,
      participantIdentity: order.participantIdentity,
      ...(order.displayName === null ? {} : { displayName: order.displayName }),
      attributes: { 'callplane.callID': order.callId },
      ringTimeoutMs: order.ringTimeoutMs,
      maxDurationMs: order.maxDurationMs + NET_MARGIN_MS,
      waitUntilAnswered: true,
    });
    request.then(
      (outcome) => this.answeredOrNot(outcome),
      (error: unknown) => this.answeredOrNot({ outcome: 'unknown', message: String(error) }),
    );
    this.startNet(order.ringTimeoutMs, 'ring_timeout');
    this.watch();
    log.info({ call_id: order.callId, trunk_id: order.trunk.id, pii_to: order.to }, 'leg.requested');
  }

  /** Removing the participant makes LiveKit send CANCEL or BYE; confirmed when it is no longer listed. */
  async hangUp(why: 'ordered' | 'ring_timeout' | 'max_duration'): Promise<HangUpOutcome> {
    if (this.phase === 'ended') return 'gone';
    this.givenUp ??= why;
    const outcome = await this.removed();
    this.finish(this.ownEnd());
    return outcome;
  }

  private async removed(): Promise<HangUpOutcome> {
    const { rooms, order, log } = this.parts;
    const until = performance.now() + HANG_UP_LIMIT_MS;
    let seen = this.lastStatus !== '';
    while (performance.now() < until) {
      try {
        seen = (await rooms.removeParticipant(order.roomName, order.participantIdentity)) || seen;
        if (seen && (await this.participant()) === undefined) return 'confirmed';
        // LiveKit has answered the INVITE with a failure: there is nothing to remove.
        if (this.outcome !== undefined && this.outcome.outcome !== 'created') return 'confirmed';
      } catch (error) {
        log.warn({ err: error, call_id: order.callId }, 'leg.removal_failed');
      }
      await new Promise((resolve) => setTimeout(resolve, VERIFY_EVERY_MS));
    }
    return 'unconfirmed';
  }

  private ownEnd(): LegEnd {
    const { givenUp } = this;
    if (this.phase === 'talk') return endOfPresence(givenUp === 'ring_timeout' ? 'ordered' : givenUp);
    const attempt = {
      elapsedMs: 0,
      ringTimeoutMs: 0,
      givenUp: givenUp === 'max_duration' ? 'ordered' : givenUp,
    } as const;
    return endOfAttempt({ outcome: 'unknown', message: '' }, attempt);
  }

  private answeredOrNot(outcome: SipParticipantOutcome): void {
    this.outcome = outcome;
    if (this.givenUp !== undefined || this.phase !== 'setup') return;
    if (outcome.outcome === 'created') return this.answered();
    // Nothing is known of the INVITE: the participant, if there is one, tells. The ring net ends the wait.
    if (outcome.outcome === 'unknown') {
      this.parts.log.warn({ call_id: this.parts.order.callId, detail: outcome.message }, 'leg.outcome_unknown');
      return;
    }
    const attempt = { elapsedMs: performance.now() - this.startedAt, ringTimeoutMs: this.parts.order.ringTimeoutMs };
    this.finish(endOfAttempt(outcome, { ...attempt, givenUp: undefined }));
  }

  private answered(): void {
    if (this.phase !== 'setup') return;
    this.phase = 'talk';
    this.lastStatus = 'active';
    this.startNet(this.parts.order.maxDurationMs, 'max_duration');
    this.parts.listener.answered();
  }

  private watch(): void {
    this.poll = setTimeout(() => {
      this.participant()
        .then((participant) => this.look(participant))
        .catch((error: unknown) => {
          this.parts.log.warn({ err: error, call_id: this.parts.order.callId }, 'leg.look_failed');
        })
        .finally(() => {
          if (this.phase !== 'ended') this.watch();
        });
    }, this.parts.pollMs);
  }

  private look(participant: ParticipantView | undefined): void {
    if (this.phase === 'ended' || this.givenUp !== undefined) return;
    if (participant === undefined) return this.lookedInVain();
    const status = participant.attributes['sip.callStatus'] ?? 'dialing';
    if (status !== this.lastStatus && status === 'ringing' && this.phase === 'setup') {
      this.parts.listener.ringing({ sipCode: 180, forwarded: false });
    }
    if (this.phase === 'setup') this.lastStatus = status;
    // An answer that got lost on the way to us.
    if (status === 'active' && this.outcome?.outcome === 'unknown') this.answered();
    if (status === 'hangup' && this.phase === 'talk') this.finish(endOfPresence(undefined));
  }

  private lookedInVain(): void {
    if (this.phase === 'talk') return this.finish(endOfPresence(undefined));
    const { outcome } = this;
    if (outcome?.outcome !== 'unknown') return;
    const attempt = { elapsedMs: performance.now() - this.startedAt, ringTimeoutMs: this.parts.order.ringTimeoutMs };
    this.finish(endOfAttempt(outcome, { ...attempt, givenUp: undefined }));
  }

  private async participant(): Promise<ParticipantView | undefined> {
    const { rooms, order } = this.parts;
    const all = await rooms.listParticipants(order.roomName);
    return all.find(({ identity }) => identity === order.participantIdentity);
  }

  private startNet(afterMs: number, why: 'ring_timeout' | 'max_duration'): void {
    clearTimeout(this.net);
    this.net = setTimeout(() => void this.hangUp(why), afterMs + NET_MARGIN_MS);
  }

  private finish(end: LegEnd): void {
    if (this.phase === 'ended') return;
    this.phase = 'ended';
    clearTimeout(this.poll);
    clearTimeout(this.net);
    this.parts.listener.ended(end, Date.now());
    this.parts.gone();
  }
}
