import type { SipPeer } from '../agent/api.ts';
import type { SipRequest, SipResponse } from '../message/sip-message.ts';
import type { TransactionContext } from './client-transactions.ts';
import { TimerSet } from './timer-set.ts';

type ServerState = 'proceeding' | 'completed' | 'confirmed' | 'accepted' | 'terminated';

abstract class ServerTransaction {
  readonly request: SipRequest;
  readonly peer: SipPeer;
  protected readonly context: TransactionContext;
  protected readonly timers = new TimerSet();
  protected state: ServerState = 'proceeding';
  protected last: SipResponse | undefined;

  constructor(request: SipRequest, peer: SipPeer, context: TransactionContext) {
    this.request = request;
    this.peer = peer;
    this.context = context;
  }

  protected get isReliable(): boolean {
    return this.peer.transport !== 'udp';
  }

  terminate(): void {
    this.state = 'terminated';
    this.timers.clear();
    this.context.forget();
  }

  /** A lost response is repeated by the timers or by the far end's own repeats; a dead connection ends in a timeout. */
  protected transmit(response: SipResponse): void {
    this.last = response;
    this.context.send(response, this.peer, () => undefined);
  }
}

/** RFC 3261 17.2.1 with the accepted state of RFC 6026: the user repeats its 2xx itself, the transaction absorbs INVITE repeats. */
export class InviteServerTransaction extends ServerTransaction {
  /** Set by the user: the INVITE was cancelled before a final response. */
  onCancel: ((cancel: SipRequest) => void) | undefined;

  /** False once a final response has been sent. */
  get isPending(): boolean {
    return this.state === 'proceeding';
  }

  respond(response: SipResponse): void {
    if (response.status < 200) {
      if (this.isPending) this.transmit(response);
    } else if (response.status < 300) this.#accept(response);
    else if (this.isPending) this.#refuse(response);
  }

  /** The same INVITE again. */
  repeat(): void {
    if ((this.state === 'proceeding' || this.state === 'completed') && this.last) this.transmit(this.last);
  }

  /** True when the ACK belongs to our refusal and has been absorbed. */
  acknowledge(): boolean {
    if (this.state !== 'completed') return this.state === 'confirmed';
    this.state = 'confirmed';
    this.timers.clear();
    if (this.isReliable) this.terminate();
    else this.timers.start('I', this.context.timers.t4, () => this.terminate());
    return true;
  }

  #accept(response: SipResponse): void {
    if (this.state !== 'proceeding' && this.state !== 'accepted') return;
    if (this.state === 'proceeding') this.timers.start('L', 64 * this.context.timers.t1, () => this.terminate());
    this.state = 'accepted';
    this.transmit(response);
  }

  #refuse(response: SipResponse): void {
    const { t1 } = this.context.timers;
    this.state = 'completed';
    this.transmit(response);
    this.timers.start('H', 64 * t1, () => this.terminate());
    if (!this.isReliable) this.#repeatAfter(t1);
  }

  #repeatAfter(ms: number): void {
    const { t2 } = this.context.timers;
    this.timers.start('G', Math.min(ms, t2), () => {
      this.repeat();
      this.#repeatAfter(ms * 2);
    });
  }
}

/** RFC 3261 17.2.2. */
export class NonInviteServerTransaction extends ServerTransaction {
  respond(response: SipResponse): void {
    if (this.state !== 'proceeding') return;
    this.transmit(response);
    if (response.status < 200) return;
    this.state = 'completed';
    if (this.isReliable) this.terminate();
    else this.timers.start('J', 64 * this.context.timers.t1, () => this.terminate());
  }

  /** The same request again. */
  repeat(): void {
    if (this.last) this.transmit(this.last);
  }
}
