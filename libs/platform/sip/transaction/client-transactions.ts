import type { SipPeer } from '../agent/api.ts';
import { fieldsOf } from '../message/read-fields.ts';
import { canonicalName, headerValue } from '../message/sip-message.ts';
import type { Header, SipMessage, SipRequest, SipResponse } from '../message/sip-message.ts';
import { TimerSet } from './timer-set.ts';
import type { SipTimers } from './timers.ts';

/** What a transaction needs from the layer that owns it. */
export interface TransactionContext {
  readonly timers: SipTimers;
  send(message: SipMessage, peer: SipPeer, onError: (err: Error) => void): void;
  /** The transaction is over: forget it. */
  forget(): void;
}

/** What the transaction user hears. `onTimeout` and `onTransportError` end the transaction. */
export interface ClientHandlers {
  onResponse(response: SipResponse): void;
  onTimeout(): void;
  onTransportError(err: Error): void;
}

type ClientState = 'trying' | 'proceeding' | 'completed' | 'accepted' | 'terminated';

abstract class ClientTransaction {
  readonly request: SipRequest;
  readonly peer: SipPeer;
  protected readonly context: TransactionContext;
  protected readonly handlers: ClientHandlers;
  protected readonly timers = new TimerSet();
  protected state: ClientState = 'trying';

  constructor(request: SipRequest, peer: SipPeer, context: TransactionContext, handlers: ClientHandlers) {
    this.request = request;
    this.peer = peer;
    this.context = context;
    this.handlers = handlers;
  }

  protected get isReliable(): boolean {
    return this.peer.transport !== 'udp';
  }

  get isOver(): boolean {
    return this.state === 'terminated';
  }

  /** Stops timers and retransmissions without telling the user. */
  terminate(): void {
    this.state = 'terminated';
    this.timers.clear();
    this.context.forget();
  }

  protected transmit(message: SipRequest): void {
    this.context.send(message, this.peer, (err) => {
      if (this.state !== 'trying' && this.state !== 'proceeding') return;
      this.terminate();
      this.handlers.onTransportError(err);
    });
  }

  protected expire(): void {
    this.terminate();
    this.handlers.onTimeout();
  }
}

/** RFC 3261 17.1.1 with the accepted state of RFC 6026: every 2xx reaches the user, who acknowledges it. */
export class InviteClientTransaction extends ClientTransaction {
  #ack: SipRequest | undefined;

  start(): void {
    const { t1 } = this.context.timers;
    this.timers.start('B', 64 * t1, () => this.expire());
    this.transmit(this.request);
    if (!this.isReliable) this.#retransmitAfter(t1);
  }

  /** Takes over an INVITE that an earlier process sent: nothing is transmitted, answers are awaited. */
  resume(): void {
    this.state = 'proceeding';
    this.timers.start('B', 64 * this.context.timers.t1, () => this.expire());
  }

  receive(response: SipResponse): void {
    if (response.status < 200) this.#provisional(response);
    else if (response.status < 300) this.#accept(response);
    else this.#refused(response);
  }

  #retransmitAfter(ms: number): void {
    this.timers.start('A', ms, () => {
      this.transmit(this.request);
      this.#retransmitAfter(ms * 2);
    });
  }

  #provisional(response: SipResponse): void {
    if (this.state !== 'trying' && this.state !== 'proceeding') return;
    this.state = 'proceeding';
    this.timers.clear();
    this.handlers.onResponse(response);
  }

  #accept(response: SipResponse): void {
    if (this.state === 'completed' || this.state === 'terminated') return;
    if (this.state !== 'accepted') {
      this.state = 'accepted';
      this.timers.clear();
      this.timers.start('M', 64 * this.context.timers.t1, () => this.terminate());
    }
    this.handlers.onResponse(response);
  }

  #refused(response: SipResponse): void {
    if (this.state === 'completed' && this.#ack) this.transmit(this.#ack);
    if (this.state !== 'trying' && this.state !== 'proceeding') return;
    this.state = 'completed';
    this.timers.clear();
    this.#ack = ackForRefusal(this.request, response);
    this.transmit(this.#ack);
    if (this.isReliable) this.terminate();
    else this.timers.start('D', 64 * this.context.timers.t1, () => this.terminate());
    this.handlers.onResponse(response);
  }
}

/** RFC 3261 17.1.2. */
export class NonInviteClientTransaction extends ClientTransaction {
  start(): void {
    const { t1 } = this.context.timers;
    this.timers.start('F', 64 * t1, () => this.expire());
    this.transmit(this.request);
    if (!this.isReliable) this.#retransmitAfter(t1);
  }

  receive(response: SipResponse): void {
    if (this.state !== 'trying' && this.state !== 'proceeding') return;
    if (response.status < 200) this.state = 'proceeding';
    else {
      this.state = 'completed';
      this.timers.clear();
      if (this.isReliable) this.terminate();
      else this.timers.start('K', this.context.timers.t4, () => this.terminate());
    }
    this.handlers.onResponse(response);
  }

  #retransmitAfter(ms: number): void {
    const { t2 } = this.context.timers;
    this.timers.start('E', Math.min(ms, t2), () => {
      this.transmit(this.request);
      this.#retransmitAfter(this.state === 'proceeding' ? t2 : ms * 2);
    });
  }
}

const SHARED_WITH_INVITE = new Set(['via', 'from', 'call-id', 'route', 'max-forwards']);

function derived(invite: SipRequest, method: 'ACK' | 'CANCEL', to: string, extra: readonly Header[]): SipRequest {
  const { cseq } = fieldsOf(invite);
  const shared = invite.headers.filter((h) => SHARED_WITH_INVITE.has(canonicalName(h.name)));
  const own = [
    { name: 'To', value: to },
    { name: 'CSeq', value: `${cseq.number} ${method}` },
  ];
  return { kind: 'request', method, uri: invite.uri, headers: [...shared, ...own, ...extra], body: '' };
}

/** The hop-by-hop ACK of a non-2xx answer (RFC 3261 17.1.1.3). */
function ackForRefusal(invite: SipRequest, response: SipResponse): SipRequest {
  return derived(invite, 'ACK', headerValue(response.headers, 'to') ?? '', []);
}

/** The CANCEL of a pending INVITE (RFC 3261 9.1): same branch, same CSeq number. */
export function cancelFor(invite: SipRequest, extra: readonly Header[]): SipRequest {
  return derived(invite, 'CANCEL', headerValue(invite.headers, 'to') ?? '', extra);
}
