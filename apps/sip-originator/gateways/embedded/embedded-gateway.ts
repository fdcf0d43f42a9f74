import { randomBytes } from 'node:crypto';
import { roomToken, type LiveKitAccess } from '@callplane/livekit';
import type { LegEnd } from '@callplane/domain';
import type { DialogSnapshot, InboundCall, UserAgent } from '@callplane/sip';
import type { Logger } from '@callplane/telemetry';
import type { LegJournal } from '../leg-journal.ts';
import type { HangUpOutcome, LegListener, PlacedLeg, PlaceOrder, SipGateway } from '../sip-gateway.ts';
import { dialAddress } from './dial-address.ts';
import { EmbeddedLeg, type EmbeddedEntry } from './embedded-leg.ts';
import type { MediaPool } from './media-pool.ts';

export interface EmbeddedGatewayParts {
  /** Not yet listening. */
  readonly ua: UserAgent;
  readonly pool: MediaPool;
  readonly journal: LegJournal<EmbeddedEntry>;
  readonly livekit: LiveKitAccess;
  /** Host in From. */
  readonly sipHost: string;
  /** Address RTP is received on, and how the far end is told of it. */
  readonly media: { readonly bind: string; readonly advertised: string };
  readonly log: Logger;
}

const CLOSE_LIMIT_MS = 2000;

/** The gateway of one machine: our own SIP stack, media in worker processes, the caller in the room as a `sip` participant. */
export class EmbeddedGateway implements SipGateway {
  readonly kind = 'embedded';
  private readonly parts: EmbeddedGatewayParts;
  private readonly legs = new Map<string, EmbeddedLeg>();
  private state: 'new' | 'open' | 'closing' = 'new';

  constructor(parts: EmbeddedGatewayParts) {
    this.parts = parts;
  }

  async start(onLost: (callId: string, end: LegEnd) => Promise<void>): Promise<void> {
    const { ua, pool, journal, log } = this.parts;
    ua.on('invite', (call) => this.refuseInbound(call));
    const [address] = await Promise.all([ua.listen(), pool.start()]);
    // Read before the first leg of our own is journalled under the same name.
    const left = await journal.leftBehind('embedded');
    this.state = 'open';
    log.info({ ...address, worker_pids: pool.pids }, 'gateway.listening');
    for (const { callId, entry } of left) void this.endLost(callId, entry.dialog, onLost);
  }

  async place(order: PlaceOrder, listener: LegListener): Promise<PlacedLeg> {
    const { callId } = order;
    const { journal, log, media, sipHost } = this.parts;
    if (this.state !== 'open') return { ok: false, code: 'draining', message: 'the gateway is not open' };
    const address = dialAddress(order, sipHost);
    if (!address.ok) return { ok: false, code: 'trunk_unusable', message: address.message };
    const gone = (): void => void this.legs.delete(callId);
    const leg = new EmbeddedLeg({ order, listener, journal, log, mediaHost: media.advertised, gone });
    this.legs.set(callId, leg);
    try {
      return await this.dial(leg, order, address.invite);
    } catch (cause) {
      leg.abandon();
      gone();
      throw new Error('the leg could not be placed', { cause });
    }
  }

  hangUp(callId: string, reason: string): Promise<HangUpOutcome> {
    const leg = this.legs.get(callId);
    return leg === undefined ? Promise.resolve('gone') : leg.hangUp({ why: 'ordered', detail: reason });
  }

  held(): string[] {
    return [...this.legs.keys()];
  }

  problem(): string | null {
    return this.state === 'open' ? this.parts.pool.problem() : 'the SIP gateway is not open';
  }

  async close(): Promise<void> {
    const { ua, pool, journal } = this.parts;
    if (this.state === 'closing') return;
    const wasOpen = this.state === 'open';
    this.state = 'closing';
    const endings = [...this.legs.values()].map((leg) => leg.hangUp({ why: 'stopped', detail: 'the gateway stopped' }));
    await Promise.race([Promise.all(endings), new Promise((resolve) => setTimeout(resolve, CLOSE_LIMIT_MS).unref())]);
    await Promise.all([wasOpen ? ua.close({ waitMs: 100 }) : undefined, pool.stop()]);
    await journal.settle();
  }

  private async dial(
    leg: EmbeddedLeg,
    order: PlaceOrder,
    invite: { target: string; from: string },
  ): Promise<PlacedLeg> {
    const { ua, pool, log, livekit } = this.parts;
    const { callId } = order;
    // Unique over restarts and repeated attempts, and readable in a SIP trace.
    const sipCallId = `${callId}-${randomBytes(4).toString('hex')}`;
    const room = { url: livekit.url, token: await this.tokenFor(order, sipCallId) };
    const media = await pool.open({ callId, rtpHost: this.parts.media.bind, room }, leg.mediaEvents);
    if (media === undefined) {
      leg.abandon();
      this.legs.delete(callId);
      return { ok: false, code: 'gateway_unavailable', message: 'no media worker or RTP port for one more call' };
    }
    leg.dial(ua, media, { ...invite, callId: sipCallId });
    log.info({ call_id: callId, sip_call_id: sipCallId, trunk_id: order.trunk.id, pii_to: order.to }, 'leg.invited');
    return { ok: true };
  }

  /** What LiveKit's own SIP service would put on its participant, so that everything behind the room is the same. */
  private tokenFor(order: PlaceOrder, sipCallId: string): Promise<string> {
    return roomToken(this.parts.livekit, {
      room: order.roomName,
      identity: order.participantIdentity,
      kind: 'sip',
      attributes: {
        'sip.callID': order.callId,
        'sip.callIDFull': sipCallId,
        'sip.callStatus': 'dialing',
        'sip.phoneNumber': order.to,
        'sip.trunkPhoneNumber': order.from,
        'sip.trunkID': order.trunk.id,
      },
    });
  }

  /** A process of this name died with this leg up: the far end still waits in it. */
  private async endLost(
    callId: string,
    dialog: DialogSnapshot,
    onLost: (callId: string, end: LegEnd) => Promise<void>,
  ): Promise<void> {
    const { ua, journal, log } = this.parts;
    try {
      const outcome = await ua.endDialog(dialog, { waitMs: CLOSE_LIMIT_MS });
      log.warn({ call_id: callId, outcome }, 'leg.ended_after_restart');
      const phase = dialog.state === 'early' ? 'setup' : 'talk';
      const reason = 'the gateway process was lost';
      await onLost(callId, { by: 'error', phase, how: 'transport', reason, headers: {}, challenged: false });
      await journal.remove(callId);
    } catch (error) {
      log.error({ err: error, call_id: callId }, 'leg.end_after_restart_failed');
    }
  }

  private refuseInbound(call: InboundCall): void {
    const { source, dialled } = call;
    this.parts.log.info({ source, sip_call_id: call.callId, pii_to: dialled }, 'leg.inbound_refused');
    call.reject(404);
  }
}
