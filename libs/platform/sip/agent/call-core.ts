import { Emitter } from '../emitter.ts';
import type { SipLog } from '../emitter.ts';
import { responseTo } from '../message/print-message.ts';
import { fieldsOf } from '../message/read-fields.ts';
import { answerOffer, localMediaOf } from '../message/sdp.ts';
import type { Header, SipRequest } from '../message/sip-message.ts';
import type { InviteServerTransaction, NonInviteServerTransaction } from '../transaction/server-transactions.ts';
import { TimerSet } from '../transaction/timer-set.ts';
import type { SipTimers } from '../transaction/timers.ts';
import type { TransactionLayer } from '../transaction/transaction-layer.ts';
import type {
  CallEvents,
  DialogSnapshot,
  HangUpOptions,
  HangUpOutcome,
  SipCallState,
  SipCredentials,
  SipTransport,
} from './api.ts';
import type { Dialog } from './dialog.ts';
import { legEnd } from './leg-end.ts';
import type { LegEnd } from './leg-end.ts';
import { confirmsBye, headersOf, sendBye } from './send-bye.ts';

/** What a call needs from the user agent. */
export interface CallContext {
  readonly transactions: TransactionLayer;
  readonly timers: SipTimers;
  readonly log: SipLog;
  readonly allow: Header;
  readonly agentHeaders: readonly Header[];
  /** Contact for a dialog over that transport, for this user part. */
  contact(user: string, transport: SipTransport): Header;
  /** Called once, when the call has ended. */
  ended(): void;
}

export const DEFAULT_WAIT_MS = 2_000;
const SDP_TYPE: Header = { name: 'Content-Type', value: 'application/sdp' };
/** What both directions share: the dialog, BYE, re-INVITE, reliable 2xx, and ending exactly once. */
export abstract class CallCore<Events extends CallEvents> extends Emitter<Events> {
  readonly callId: string;
  readonly localTag: string;
  protected readonly context: CallContext;
  protected readonly timers = new TimerSet();
  protected dialog: Dialog | undefined;
  protected localSdp = '';
  protected challenged = false;
  /** A BYE was sent or received: none may follow. */
  protected dialogIsOver = false;
  protected abstract readonly direction: 'outbound' | 'inbound';
  protected abstract readonly localUser: string;
  protected abstract readonly transport: SipTransport;
  protected credentials: SipCredentials | undefined;
  #state: SipCallState = 'setup';
  #end: LegEnd | undefined;
  #answerRenegotiation: (offer: string) => string | undefined = (offer) => this.#answerAgain(offer);
  readonly #unacknowledged = new Map<number, (ack: SipRequest | undefined) => void>();
  #hangingUp: Promise<HangUpOutcome> | undefined;

  constructor(callId: string, localTag: string, context: CallContext) {
    super(context.log);
    this.callId = callId;
    this.localTag = localTag;
    this.context = context;
  }

  get state(): SipCallState {
    return this.#state;
  }

  get end(): LegEnd | undefined {
    return this.#end;
  }

  snapshot(): DialogSnapshot | undefined {
    return this.dialog?.snapshot(this.direction);
  }

  answerRenegotiationWith(answer: (offer: string) => string | undefined): void {
    this.#answerRenegotiation = answer;
  }

  bye(options: HangUpOptions = {}): Promise<HangUpOutcome> {
    return this.hangUp(options, () => this.endDialog(options));
  }

  /** BYE, CANCEL or refusal, whatever fits the state; used when the user agent closes. */
  abstract giveUp(waitMs: number): Promise<HangUpOutcome>;

  /** Stops whatever still runs; the user agent has forgotten the call. */
  dispose(): void {
    this.timers.clear();
  }

  protected become(state: Exclude<SipCallState, 'ended'>): void {
    if (this.#state !== 'ended') this.#state = state;
  }

  /** Runs one hang-up at a time, bounded by `waitMs`; a second request joins the first. */
  protected hangUp(options: HangUpOptions, run: () => Promise<LegEnd | undefined>): Promise<HangUpOutcome> {
    if (this.#state === 'ended') return Promise.resolve('already_ended');
    this.#hangingUp ??= this.#boundedHangUp(options.waitMs ?? DEFAULT_WAIT_MS, run);
    return this.#hangingUp;
  }

  /** The one way to end. Later causes are ignored. */
  protected finish(end: LegEnd): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#end = end;
    this.timers.stop('hang-up');
    this.context.ended();
    this.emit('ended', end);
  }

  /** Ends the dialog by BYE; the ending, unconfirmed when nobody answered. Nothing when it is over already. */
  protected async endDialog(options: HangUpOptions): Promise<LegEnd | undefined> {
    if (!this.dialog || this.dialogIsOver) return undefined;
    this.dialogIsOver = true;
    this.become('ending');
    const status = await sendBye(this.context.transactions, this.dialog, headersOf(options.headers), this.credentials);
    return this.localEnd('talk', 'bye', status !== undefined && confirmsBye(status));
  }

  protected localEnd(phase: LegEnd['phase'], how: 'bye' | 'cancel', confirmed: boolean): LegEnd {
    return legEnd({ by: 'local', phase, how, confirmed }, [], this.challenged);
  }

  async #boundedHangUp(waitMs: number, run: () => Promise<LegEnd | undefined>): Promise<HangUpOutcome> {
    const unconfirmed = this.dialog ? this.localEnd('talk', 'bye', false) : this.localEnd('setup', 'cancel', false);
    const timedOut = new Promise<LegEnd>((resolve) => this.timers.start('hang-up', waitMs, () => resolve(unconfirmed)));
    const end = await Promise.race([run(), timedOut, this.next('ended').then(() => undefined)]);
    // The far end may have ended the leg meanwhile: then it is gone all the same.
    if (!end || this.#state === 'ended') return 'confirmed';
    this.finish(end);
    const crossed = end.how === 'cancel' && end.status !== undefined && end.status < 300;
    if (!end.confirmed) return 'unconfirmed';
    return crossed ? 'crossed' : 'confirmed';
  }

  /** A request inside this dialog; the user agent has matched Call-ID and local tag. */
  receiveRequest(transaction: NonInviteServerTransaction): void {
    const { request } = transaction;
    const { cseq, fromTag } = fieldsOf(request);
    const reply = (status: number, headers: readonly Header[] = []): void =>
      transaction.respond(
        responseTo(request, { status, headers: [...headers, ...this.context.agentHeaders], toTag: this.localTag }),
      );
    const isStranger = this.dialog ? this.dialog.remoteTag !== fromTag : this.direction === 'outbound';
    if (isStranger) return reply(481);
    if (this.dialog && !this.dialog.acceptCseq(cseq.number)) return reply(500);
    if (request.method === 'OPTIONS') return reply(200, [this.context.allow]);
    if (request.method !== 'BYE') return reply(405, [this.context.allow]);
    reply(200);
    this.receiveBye(request);
  }

  protected receiveBye(bye: SipRequest): void {
    this.dialogIsOver = true;
    for (const settle of this.#unacknowledged.values()) settle(undefined);
    const mine = this.#state === 'ending';
    if (mine) this.finish(this.localEnd('talk', 'bye', true));
    else this.finish(legEnd({ by: 'remote', phase: 'talk', how: 'bye' }, bye.headers, this.challenged));
  }

  /** An INVITE inside this dialog. */
  receiveInvite(transaction: InviteServerTransaction): void {
    const { request } = transaction;
    const { cseq, fromTag } = fieldsOf(request);
    const refuse = (status: number, headers: readonly Header[] = []): void =>
      transaction.respond(
        responseTo(request, { status, headers: [...headers, ...this.context.agentHeaders], toTag: this.localTag }),
      );
    if (!this.dialog || this.dialog.remoteTag !== fromTag || this.#state === 'ended') return refuse(481);
    if (!this.dialog.acceptCseq(cseq.number)) return refuse(500);
    if (this.#unacknowledged.size > 0 || this.#state === 'ending') return refuse(491);
    const localSdp = request.body === '' ? this.localSdp : this.#answerRenegotiation(request.body);
    if (localSdp === undefined) return refuse(488);
    this.localSdp = localSdp;
    this.dialog.refreshTarget(request);
    this.sendAnswer(transaction, localSdp, (ack) => {
      const sdp = request.body === '' ? (ack?.body ?? '') : request.body;
      if (ack && sdp !== '') this.emit('renegotiated', { sdp, localSdp });
    });
  }

  /** The ACK of one of our 2xx. */
  receiveAck(ack: SipRequest): void {
    this.#unacknowledged.get(fieldsOf(ack).cseq.number)?.(ack);
  }

  /** Sends a 2xx with SDP and repeats it until the ACK (RFC 3261 13.3.1.4). Without one: BYE, and the leg ends as timed out. */
  protected sendAnswer(
    transaction: InviteServerTransaction,
    sdp: string,
    onAck: (ack: SipRequest | undefined) => void,
  ): void {
    const { t1, t2 } = this.context.timers;
    const { number } = fieldsOf(transaction.request).cseq;
    const contact = this.context.contact(this.localUser, this.transport);
    const headers = [contact, this.context.allow, SDP_TYPE, ...this.context.agentHeaders];
    const response = responseTo(transaction.request, { status: 200, toTag: this.localTag, headers, body: sdp });
    const repeatAfter = (ms: number): void =>
      this.timers.start(`repeat-${number}`, ms, () => {
        transaction.respond(response);
        repeatAfter(Math.min(ms * 2, t2));
      });
    this.#unacknowledged.set(number, (ack) => {
      this.#unacknowledged.delete(number);
      this.timers.stop(`repeat-${number}`);
      this.timers.stop(`no-ack-${number}`);
      onAck(ack);
    });
    transaction.respond(response);
    repeatAfter(t1);
    this.timers.start(`no-ack-${number}`, 64 * t1, () => this.#noAck(number));
  }

  /** None of our 2xx waits for its ACK. */
  protected get isAcknowledged(): boolean {
    return this.#unacknowledged.size === 0;
  }

  #noAck(number: number): void {
    this.#unacknowledged.get(number)?.(undefined);
    if (this.dialogIsOver || !this.dialog) return;
    this.dialogIsOver = true;
    void sendBye(this.context.transactions, this.dialog, [], this.credentials);
    this.finish(legEnd({ by: 'error', phase: 'talk', how: 'timeout', reason: 'no ACK' }, [], this.challenged));
  }

  #answerAgain(offer: string): string | undefined {
    const local = localMediaOf(this.localSdp);
    if (!local) return undefined;
    const answer = answerOffer(offer, { ...local, version: (local.version ?? 1) + 1 });
    return answer.ok ? answer.sdp : undefined;
  }
}
