import type { LegEnd } from '@callplane/domain';
import type { RoomAdmin, SipClient } from '@callplane/livekit';
import type { Logger } from '@callplane/telemetry';
import type { JournalEntry, LegJournal } from '../leg-journal.ts';
import type { HangUpOutcome, LegListener, PlacedLeg, PlaceOrder, SipGateway } from '../sip-gateway.ts';
import { LiveKitLeg } from './livekit-leg.ts';

/** Where the participant of a live leg is. */
export interface LiveKitEntry extends JournalEntry {
  readonly gateway: 'livekit-sip';
  readonly roomName: string;
  readonly participantIdentity: string;
}

export interface LiveKitSipGatewayParts {
  readonly sip: SipClient;
  readonly rooms: RoomAdmin;
  readonly journal: LegJournal<LiveKitEntry>;
  /** ms between looks at a leg's participant. */
  readonly pollMs: number;
  readonly log: Logger;
}

const CLOSE_LIMIT_MS = 2000;

/** The gateway of production: LiveKit's SIP service carries the legs, we order and watch them through its server API. */
export class LiveKitSipGateway implements SipGateway {
  readonly kind = 'livekit-sip';
  private readonly parts: LiveKitSipGatewayParts;
  private readonly legs = new Map<string, LiveKitLeg>();
  private state: 'new' | 'open' | 'closing' = 'new';

  constructor(parts: LiveKitSipGatewayParts) {
    this.parts = parts;
  }

  async start(onLost: (callId: string, end: LegEnd) => Promise<void>): Promise<void> {
    const { journal, rooms, log } = this.parts;
    this.state = 'open';
    for (const { callId, entry } of await journal.leftBehind('livekit-sip')) {
      await rooms.removeParticipant(entry.roomName, entry.participantIdentity).catch((error: unknown) => {
        log.warn({ err: error, call_id: callId }, 'leg.removal_failed');
      });
      const reason = 'the gateway process was lost';
      await onLost(callId, { by: 'error', phase: 'talk', how: 'transport', reason, headers: {}, challenged: false });
      await journal.remove(callId);
    }
  }

  place(order: PlaceOrder, listener: LegListener): Promise<PlacedLeg> {
    const { sip, rooms, journal, pollMs, log } = this.parts;
    const { callId, roomName, participantIdentity, trunk } = order;
    const refuse = (code: 'draining' | 'trunk_unusable', message: string): Promise<PlacedLeg> =>
      Promise.resolve({ ok: false, code, message });
    if (this.state !== 'open') return refuse('draining', 'the gateway is not open');
    const { providerTrunkId } = trunk;
    if (providerTrunkId === undefined) return refuse('trunk_unusable', `trunk ${trunk.id} has no LiveKit trunk id`);
    const gone = (): void => {
      this.legs.delete(callId);
      void journal.remove(callId);
    };
    const leg = new LiveKitLeg({ order, providerTrunkId, listener, sip, rooms, pollMs, log, gone });
    this.legs.set(callId, leg);
    journal.save(callId, { gateway: 'livekit-sip', roomName, participantIdentity });
    leg.dial();
    return Promise.resolve({ ok: true });
  }

  hangUp(callId: string, reason: string): Promise<HangUpOutcome> {
    const leg = this.legs.get(callId);
    if (leg === undefined) return Promise.resolve('gone');
    this.parts.log.info({ call_id: callId, reason }, 'leg.hanging_up');
    return leg.hangUp('ordered');
  }

  held(): string[] {
    return [...this.legs.keys()];
  }

  problem(): string | null {
    return this.state === 'open' ? null : 'the LiveKit SIP gateway is not open';
  }

  async close(): Promise<void> {
    this.state = 'closing';
    const endings = [...this.legs.values()].map((leg) => leg.hangUp('ordered'));
    await Promise.race([Promise.all(endings), new Promise((resolve) => setTimeout(resolve, CLOSE_LIMIT_MS).unref())]);
    await this.parts.journal.settle();
  }
}
