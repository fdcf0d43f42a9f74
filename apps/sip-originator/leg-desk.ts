import {
  factMessage,
  type CommandData,
  type CommandReply,
  type FactMessageType,
  type FactPayload,
} from '@callplane/contracts';
import type { LegEnd } from '@callplane/domain';
import type { FactPublisher } from '@callplane/messaging';
import { NODE_ID } from '@callplane/service-kit';
import type { Logger } from '@callplane/telemetry';
import type { HangUpOutcome, LegListener, SipGateway } from './gateways/sip-gateway.ts';
import type { TrunkReader } from './read-trunk.ts';

type Order = CommandData<'place-call'>;
type PlaceReply = CommandReply<'place-call'>;

/** A leg-ended fact of a process that died comes after everything that process can have said. */
const LOST_SEQUENCE = 1_000_000;
const REMEMBERED_ORDERS = 2000;
const CLOSE_FACTS_MS = 1000;

/** The legs of this process: who ordered them, what they have said so far. Turns what the gateway sees into facts. */
export class LegDesk {
  private readonly gateway: SipGateway;
  private readonly trunks: TrunkReader;
  private readonly facts: Pick<FactPublisher, 'publish'>;
  private readonly log: Logger;
  /** Legs whose end is not yet on the stream. */
  private readonly legs = new Set<string>();
  private readonly telling = new Set<Promise<void>>();
  /** Call id -> the latest order carried out, so that a repeated command does not dial twice. Oldest first, bounded. */
  private readonly orders = new Map<string, { fence: number; reply: Promise<PlaceReply> }>();

  constructor(gateway: SipGateway, trunks: TrunkReader, facts: Pick<FactPublisher, 'publish'>, log: Logger) {
    this.gateway = gateway;
    this.trunks = trunks;
    this.facts = facts;
    this.log = log;
  }

  /** Opens the gateway and reports the legs that an earlier process of this name lost. */
  async start(): Promise<void> {
    await this.gateway.start(async (callId, end) => {
      this.log.warn({ call_id: callId, end }, 'leg.lost_by_restart');
      const of = { id: `${callId}:leg:lost`, callId, sequence: LOST_SEQUENCE, at: Date.now() };
      await this.facts.publish(factMessage('leg-ended', of, { end: legEndOf(end) }));
    });
  }

  /** Dials, unless this very order was carried out before. */
  place(order: Order): Promise<PlaceReply> {
    const earlier = this.orders.get(order.callId);
    if (earlier !== undefined && earlier.fence === order.fence) return earlier.reply;
    if (earlier !== undefined && (earlier.fence > order.fence || this.legs.has(order.callId))) {
      const message = `call ${order.callId} was dialled here under fence ${earlier.fence}`;
      return Promise.resolve({ ok: false, code: 'already_dialled', message });
    }
    const reply = this.dial(order);
    this.remember(order, reply);
    // A refusal dialled nothing: the same order may be tried again.
    const forget = (): void => {
      if (this.orders.get(order.callId)?.reply === reply) this.orders.delete(order.callId);
    };
    reply.then(({ ok }) => (ok ? undefined : forget()), forget);
    return reply;
  }

  hangUp(callId: string, reason: string): Promise<HangUpOutcome> {
    return this.gateway.hangUp(callId, reason);
  }

  /** Calls this process answers for: their leg lives, or its end is not yet stored. */
  held(): string[] {
    return [...this.legs];
  }

  problem(): string | null {
    return this.gateway.problem();
  }

  /** Ends what still lives and waits until the stream has every fact, at most CLOSE_FACTS_MS. */
  async close(): Promise<void> {
    await this.gateway.close();
    const told = Promise.allSettled(this.telling);
    await Promise.race([told, new Promise((resolve) => setTimeout(resolve, CLOSE_FACTS_MS).unref())]);
  }

  private async dial(order: Order): Promise<PlaceReply> {
    const { callId, trunkId, fence: _fence, ...rest } = order;
    this.legs.add(callId);
    let placed: Awaited<ReturnType<SipGateway['place']>> | undefined;
    try {
      const found = await this.trunks.read(trunkId);
      if (!found.ok) return found;
      if (found.trunk.kind !== this.gateway.kind) {
        const message = `trunk ${trunkId} is of kind ${found.trunk.kind}, and this process runs ${this.gateway.kind}`;
        return { ok: false, code: 'gateway_unavailable', message };
      }
      placed = await this.gateway.place({ ...rest, callId, trunk: found.trunk }, this.listenerFor(callId));
      return placed.ok ? { ok: true, node: NODE_ID } : placed;
    } finally {
      if (placed?.ok !== true) this.legs.delete(callId);
    }
  }

  private remember(order: Order, reply: Promise<PlaceReply>): void {
    this.orders.delete(order.callId);
    this.orders.set(order.callId, { fence: order.fence, reply });
    for (const oldest of this.orders.keys()) {
      if (this.orders.size <= REMEMBERED_ORDERS) break;
      if (!this.legs.has(oldest)) this.orders.delete(oldest);
      else break;
    }
  }

  private listenerFor(callId: string): LegListener {
    let sequence = 0;
    const tell = <T extends FactMessageType>(type: T, data: FactPayload<T>, at = Date.now()): Promise<void> => {
      sequence += 1;
      const of = { id: `${callId}:leg:${sequence}`, callId, sequence, at };
      const publishing = this.facts.publish(factMessage(type, of, data));
      this.telling.add(publishing);
      return publishing.finally(() => this.telling.delete(publishing));
    };
    const logged = { call_id: callId };
    return {
      ringing: (event) => {
        this.log.info({ ...logged, sip_code: event.sipCode }, 'leg.ringing');
        void tell('leg-ringing', event);
      },
      answered: () => {
        this.log.info(logged, 'leg.answered');
        void tell('leg-answered', {});
      },
      silent: ({ kind, detail }) => {
        this.log.warn({ ...logged, kind, detail }, 'leg.silent');
        void (kind === 'missing' ? tell('audio-missing', {}) : tell('media-lost', { detail }));
      },
      ended: (end, at) => {
        this.log.info({ ...logged, end }, 'leg.ended');
        void tell('leg-ended', { end: legEndOf(end) }, at).then(() => this.legs.delete(callId));
      },
    };
  }
}

/** The fields of the contract and nothing else. */
function legEndOf(end: LegEnd): FactPayload<'leg-ended'>['end'] {
  const { by, phase, how, status, reason, q850, headers, challenged } = end;
  return {
    by,
    phase,
    how,
    ...(status === undefined ? {} : { status }),
    ...(reason === undefined ? {} : { reason }),
    ...(q850 === undefined ? {} : { q850 }),
    headers: { ...headers },
    challenged,
  };
}
