import { parseSipUri } from '../message/parse-address.ts';
import { fieldsOf } from '../message/read-fields.ts';
import { headerRecord, headerValue } from '../message/sip-message.ts';
import type { Header, SipRequest, SipResponse } from '../message/sip-message.ts';
import type { InviteClientTransaction } from '../transaction/client-transactions.ts';
import type {
  DialogSnapshot,
  HangUpOptions,
  HangUpOutcome,
  InviteOptions,
  OutboundCall,
  OutboundCallEvents,
  SipPeer,
  SipTransport,
} from './api.ts';
import { CallCore } from './call-core.ts';
import type { CallContext } from './call-core.ts';
import { Dialog } from './dialog.ts';
import { legEnd } from './leg-end.ts';
import type { LegEnd } from './leg-end.ts';
import { authorize, confirmsBye, headersOf, randomHex, sendBye } from './send-bye.ts';

/** Addresses of an INVITE, checked by the user agent. */
export interface InviteAddresses {
  readonly peer: SipPeer;
  /** From value without tag. */
  readonly from: string;
  readonly fromUri: string;
  readonly to: string;
}

interface PendingCancel {
  readonly headers: readonly Header[];
  readonly settle: (end: LegEnd) => void;
  sent: boolean;
}

/** One outbound call: INVITE, digest, CANCEL and forks on top of what both directions share. */
export class OutboundLeg extends CallCore<OutboundCallEvents> implements OutboundCall {
  protected readonly direction = 'outbound';
  protected readonly localUser: string;
  protected readonly transport: SipTransport;
  readonly #options: InviteOptions;
  readonly #addresses: InviteAddresses;
  #transaction: InviteClientTransaction | undefined;
  #cseq = 0;
  #sawProvisional = false;
  #cancel: PendingCancel | undefined;
  readonly #answersTried = new Map<number, number>();
  readonly #authorization = new Map<string, Header>();
  readonly #forks = new Map<string, Dialog>();

  constructor(options: InviteOptions, addresses: InviteAddresses, context: CallContext) {
    super(options.callId ?? randomHex(16), randomHex(8), context);
    this.#options = options;
    this.#addresses = addresses;
    this.localUser = parseSipUri(addresses.fromUri)?.user ?? '';
    this.transport = addresses.peer.transport;
    this.localSdp = options.sdp;
    this.credentials = options.credentials;
  }

  /** Sends the INVITE; called once by the user agent, and again with credentials after a challenge. */
  start(): void {
    this.#cseq += 1;
    this.#sawProvisional = false;
    this.#transaction = this.context.transactions.invite(this.#buildInvite(), this.#addresses.peer, {
      onResponse: (response) => this.#receive(response),
      onTimeout: () => this.#fail('timeout', 'no answer to INVITE'),
      onTransportError: (err) => this.#fail('transport', (err as NodeJS.ErrnoException).code ?? err.message),
    });
  }

  override snapshot(): DialogSnapshot | undefined {
    const confirmed = super.snapshot();
    const invite = this.#transaction?.request;
    if (confirmed || !invite) return confirmed;
    return {
      version: 1,
      state: 'early',
      direction: 'outbound',
      callId: this.callId,
      localTag: this.localTag,
      remoteTag: '',
      localUri: headerValue(invite.headers, 'from') ?? '',
      remoteUri: headerValue(invite.headers, 'to') ?? '',
      localCseq: this.#cseq,
      routeSet: [],
      remoteTarget: invite.uri,
      peer: this.#addresses.peer,
      inviteVia: headerValue(invite.headers, 'via') ?? '',
    };
  }

  cancel(options: HangUpOptions = {}): Promise<HangUpOutcome> {
    if (this.dialog) return this.bye(options);
    return this.hangUp(options, () => {
      this.become('ending');
      return new Promise((settle) => {
        this.#cancel = { headers: headersOf(options.headers), settle, sent: false };
        if (this.#sawProvisional) this.#sendCancel();
      });
    });
  }

  override bye(options: HangUpOptions = {}): Promise<HangUpOutcome> {
    return this.dialog ? super.bye(options) : this.cancel(options);
  }

  override giveUp(waitMs: number): Promise<HangUpOutcome> {
    return this.bye({ waitMs });
  }

  /** A 2xx after the INVITE was given up (Timer B): acknowledged and ended, or the far end would talk to nobody. */
  receiveLate(answer: SipResponse): void {
    this.#answered(answer);
  }

  override dispose(): void {
    super.dispose();
    if (!this.dialog) this.#transaction?.terminate();
  }

  #buildInvite(): SipRequest {
    const { target, headers, sdp } = this.#options;
    const { from, to, peer } = this.#addresses;
    return {
      kind: 'request',
      method: 'INVITE',
      uri: target,
      headers: [
        { name: 'Max-Forwards', value: '70' },
        { name: 'From', value: `${from};tag=${this.localTag}` },
        { name: 'To', value: to },
        { name: 'Call-ID', value: this.callId },
        { name: 'CSeq', value: `${this.#cseq} INVITE` },
        this.context.contact(this.localUser, peer.transport),
        this.context.allow,
        ...this.#authorization.values(),
        ...headersOf(headers),
        ...this.context.agentHeaders,
        { name: 'Content-Type', value: 'application/sdp' },
      ],
      body: sdp,
    };
  }

  #receive(response: SipResponse): void {
    if (response.status < 200) this.#provisional(response);
    else if (response.status < 300) this.#answered(response);
    else this.#refused(response);
  }

  #provisional(response: SipResponse): void {
    this.#sawProvisional = true;
    if (this.#cancel) {
      this.#sendCancel();
      return;
    }
    if (response.status === 100) return;
    const { status, reason } = response;
    const media = response.body === '' ? {} : { sdp: response.body };
    this.emit('provisional', { status, reason, headers: headerRecord(response.headers), ...media });
  }

  #answered(response: SipResponse): void {
    const { toTag, cseq } = fieldsOf(response);
    const known = this.dialog?.remoteTag === toTag ? this.dialog : this.#forks.get(toTag);
    const dialog =
      known ?? Dialog.ofAnswer(this.#transaction?.request ?? this.#buildInvite(), response, this.#addresses.peer);
    this.context.transactions.acknowledge(dialog.ack(cseq.number), dialog.nextHop);
    if (known) return;
    if (this.dialog) {
      this.#forks.set(toTag, dialog);
      void sendBye(this.context.transactions, dialog, [], this.credentials);
      return;
    }
    this.dialog = dialog;
    if (this.state === 'setup') {
      this.become('talk');
      this.emit('answered', { sdp: response.body, headers: headerRecord(response.headers) });
    } else void this.#endCrossed(dialog, response);
  }

  /** The answer crossed our CANCEL: the leg was up for a moment and is ended by BYE. */
  async #endCrossed(dialog: Dialog, response: SipResponse): Promise<void> {
    this.dialogIsOver = true;
    this.timers.stop('abandon');
    const status = await sendBye(this.context.transactions, dialog, this.#cancel?.headers ?? [], this.credentials);
    this.#settleCancel(response, status !== undefined && confirmsBye(status));
  }

  #refused(response: SipResponse): void {
    this.timers.stop('abandon');
    if (this.#cancel) {
      this.#settleCancel(response, true);
      return;
    }
    if (this.#answerChallenge(response)) {
      this.start();
      return;
    }
    const { status, reason } = response;
    this.finish(
      legEnd({ by: 'remote', phase: 'setup', how: 'response', status, reason }, response.headers, this.challenged),
    );
  }

  /** One try a challenge kind, and one more when only the nonce was stale. */
  #answerChallenge(response: SipResponse): boolean {
    if (response.status !== 401 && response.status !== 407) return false;
    const tried = this.#answersTried.get(response.status) ?? 0;
    const auth = authorize(response, { method: 'INVITE', uri: this.#options.target }, this.credentials);
    if (!auth || tried > 1 || (tried === 1 && !auth.stale)) return false;
    this.#answersTried.set(response.status, tried + 1);
    this.#authorization.set(auth.header.name, auth.header);
    this.challenged = true;
    return true;
  }

  #sendCancel(): void {
    const invite = this.#transaction;
    if (!this.#cancel || this.#cancel.sent || !invite) return;
    this.#cancel.sent = true;
    const ignore = (): void => undefined;
    const handlers = { onResponse: ignore, onTimeout: ignore, onTransportError: ignore };
    this.context.transactions.cancel(invite, this.#cancel.headers, handlers);
    // RFC 3261 9.1: without a final answer the INVITE counts as cancelled after 64 * T1.
    this.timers.start('abandon', 64 * this.context.timers.t1, () => {
      invite.terminate();
      this.#cancel?.settle(this.localEnd('setup', 'cancel', false));
    });
  }

  #settleCancel(response: SipResponse, confirmed: boolean): void {
    const { status, reason } = response;
    const cause = { by: 'local', phase: 'setup', how: 'cancel', status, reason, confirmed } as const;
    this.#cancel?.settle(legEnd(cause, response.headers, this.challenged));
  }

  #fail(how: 'timeout' | 'transport', reason: string): void {
    this.timers.stop('abandon');
    if (this.#cancel) this.#cancel.settle(this.localEnd('setup', 'cancel', false));
    else this.finish(legEnd({ by: 'error', phase: 'setup', how, reason }, [], this.challenged));
  }
}
