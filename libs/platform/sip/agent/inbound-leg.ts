import { parseSipUri } from '../message/parse-address.ts';
import type { NameAddress } from '../message/parse-address.ts';
import { responseTo } from '../message/print-message.ts';
import { fieldsOf } from '../message/read-fields.ts';
import { headerRecord } from '../message/sip-message.ts';
import type { Header, SipRequest } from '../message/sip-message.ts';
import type { InviteServerTransaction } from '../transaction/server-transactions.ts';
import type { HangUpOptions, HangUpOutcome, InboundCall, InboundCallEvents, SipPeer, SipTransport } from './api.ts';
import { CallCore } from './call-core.ts';
import type { CallContext } from './call-core.ts';
import { Dialog } from './dialog.ts';
import { legEnd } from './leg-end.ts';
import type { LegEnd } from './leg-end.ts';
import { headersOf, randomHex } from './send-bye.ts';

type Party = InboundCall['from'];

function partyOf(address: NameAddress): Party {
  return { uri: address.uri, user: parseSipUri(address.uri)?.user ?? '', displayName: address.displayName };
}

/** One inbound call. 100 is sent at once; everything else is the owner's decision. */
export class InboundLeg extends CallCore<InboundCallEvents> implements InboundCall {
  readonly from: Party;
  readonly to: Party;
  readonly requestUri: string;
  readonly dialled: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly sdp: string;
  readonly source: SipPeer;
  protected readonly direction = 'inbound';
  protected readonly localUser: string;
  protected readonly transport: SipTransport;
  readonly #transaction: InviteServerTransaction;
  #ackSettled: Promise<void> = Promise.resolve();

  constructor(transaction: InviteServerTransaction, context: CallContext) {
    const { request, peer } = transaction;
    const fields = fieldsOf(request);
    super(fields.callId, randomHex(8), context);
    this.#transaction = transaction;
    this.from = partyOf(fields.from);
    this.to = partyOf(fields.to);
    this.requestUri = request.uri;
    this.dialled = parseSipUri(request.uri)?.user ?? '';
    this.headers = headerRecord(request.headers);
    this.sdp = request.body;
    this.source = peer;
    this.localUser = this.dialled;
    this.transport = peer.transport;
    transaction.onCancel = (cancel) => this.#cancelled(cancel);
    transaction.respond(responseTo(request, { status: 100 }));
  }

  ring(): void {
    this.#respond(180);
  }

  progress(sdp: string): void {
    this.#respond(183, [{ name: 'Content-Type', value: 'application/sdp' }], sdp);
  }

  answer(sdp: string): boolean {
    if (this.state !== 'setup' || !this.#transaction.isPending) return false;
    this.dialog = Dialog.ofInvite(this.#transaction.request, this.localTag, this.source);
    this.localSdp = sdp;
    this.become('talk');
    this.#ackSettled = new Promise((resolve) => {
      this.sendAnswer(this.#transaction, sdp, (ack) => {
        resolve();
        if (ack) this.emit('acked', ack.body === '' ? {} : { sdp: ack.body });
      });
    });
    return true;
  }

  reject(status: number, reason?: string, headers?: Readonly<Record<string, string>>): boolean {
    if (this.state !== 'setup' || !this.#transaction.isPending || status < 300 || status > 699) return false;
    const extra = headersOf(headers);
    this.#respond(status, extra, '', reason);
    const said = reason === undefined ? {} : { reason };
    this.finish(legEnd({ by: 'local', phase: 'setup', how: 'response', status, ...said }, extra, false));
    return true;
  }

  override bye(options: HangUpOptions = {}): Promise<HangUpOutcome> {
    if (this.state === 'setup') return Promise.resolve(this.reject(480) ? 'confirmed' : 'already_ended');
    return super.bye(options);
  }

  override giveUp(waitMs: number): Promise<HangUpOutcome> {
    if (this.state === 'setup') this.reject(503);
    return this.bye({ waitMs });
  }

  /** No BYE before the ACK of our 200 (RFC 3261 15): it is sent as soon as that is settled. */
  protected override async endDialog(options: HangUpOptions): Promise<LegEnd | undefined> {
    this.become('ending');
    await this.#ackSettled;
    return super.endDialog(options);
  }

  /** A caller may end an unanswered call by BYE as well. */
  protected override receiveBye(bye: SipRequest): void {
    if (this.state === 'setup') this.#terminated('bye', bye);
    else super.receiveBye(bye);
  }

  #cancelled(cancel: SipRequest): void {
    if (this.state !== 'setup') return;
    this.#terminated('cancel', cancel);
  }

  #terminated(how: 'cancel' | 'bye', request: SipRequest): void {
    this.#respond(487);
    this.emit('cancelled', { headers: headerRecord(request.headers) });
    this.finish(legEnd({ by: 'remote', phase: 'setup', how }, request.headers, false));
  }

  #respond(status: number, headers: readonly Header[] = [], body = '', reason?: string): void {
    if (this.state !== 'setup') return;
    const contact = this.context.contact(this.localUser, this.transport);
    const all = [contact, ...headers, ...this.context.agentHeaders];
    const said = reason === undefined ? {} : { reason };
    const response = responseTo(this.#transaction.request, {
      status,
      toTag: this.localTag,
      headers: all,
      body,
      ...said,
    });
    this.#transaction.respond(response);
  }
}
