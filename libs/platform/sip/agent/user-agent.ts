import { Emitter, silentLog } from '../emitter.ts';
import type { SipLog } from '../emitter.ts';
import { parseAddress, parseSipUri } from '../message/parse-address.ts';
import { responseTo } from '../message/print-message.ts';
import { fieldsOf } from '../message/read-fields.ts';
import { headerValues } from '../message/sip-message.ts';
import type { Header, SipRequest, SipResponse } from '../message/sip-message.ts';
import type { InviteServerTransaction, NonInviteServerTransaction } from '../transaction/server-transactions.ts';
import { sipTimers } from '../transaction/timers.ts';
import type { SipTimers } from '../transaction/timers.ts';
import { TransactionLayer } from '../transaction/transaction-layer.ts';
import type { TransactionUser } from '../transaction/transaction-layer.ts';
import { TransportLayer } from '../transport/transport-layer.ts';
import { InviteGuard } from './admission.ts';
import type {
  DialogSnapshot,
  HangUpOptions,
  HangUpOutcome,
  InviteOptions,
  OutboundCall,
  SipTransport,
  UserAgent,
  UserAgentEvents,
  UserAgentOptions,
} from './api.ts';
import { DEFAULT_WAIT_MS } from './call-core.ts';
import type { CallContext } from './call-core.ts';
import { peerOf } from './dialog.ts';
import { endJournaled } from './end-journaled.ts';
import { InboundLeg } from './inbound-leg.ts';
import { OutboundLeg } from './outbound-leg.ts';
import { randomHex } from './send-bye.ts';

const ALLOW: Header = { name: 'Allow', value: 'INVITE, ACK, BYE, CANCEL, OPTIONS' };
const ACCEPT: Header = { name: 'Accept', value: 'application/sdp' };

class SipUserAgent extends Emitter<UserAgentEvents> implements UserAgent, TransactionUser {
  readonly #options: UserAgentOptions;
  readonly #timers: SipTimers;
  readonly #transport: TransportLayer;
  readonly #transactions: TransactionLayer;
  readonly #guard: InviteGuard;
  readonly #agentHeaders: readonly Header[];
  readonly #log: SipLog;
  /** By Call-ID and local tag. An ended call stays for 64 * T1: its last ACK or BYE may still come. */
  readonly #calls = new Map<string, InboundLeg | OutboundLeg>();
  #isClosing = false;

  constructor(options: UserAgentOptions) {
    const log = options.log ?? silentLog;
    super(log);
    this.#log = log;
    this.#options = options;
    this.#timers = sipTimers(options.timers);
    this.#guard = new InviteGuard(options.admission);
    this.#agentHeaders =
      options.userAgentName === undefined ? [] : [{ name: 'User-Agent', value: options.userAgentName }];
    this.#transport = new TransportLayer({
      ...options,
      log,
      onMessage: (m, source) => this.#transactions.receive(m, source),
    });
    this.#transactions = new TransactionLayer(this.#timers, this.#transport, this);
  }

  get address(): { host: string; port: number } {
    return { host: this.#options.bind.host, port: this.#transport.boundPort };
  }

  async listen(): Promise<{ host: string; port: number }> {
    await this.#transport.listen();
    return this.address;
  }

  invite(options: InviteOptions): OutboundCall {
    const from = parseAddress(options.from);
    const to = parseAddress(options.to ?? options.target);
    const direct = peerOf(options.target, options.transport ?? 'udp');
    if (!from || !to || !direct) throw new Error('INVITE needs SIP URIs for target, from and to');
    const transport = options.transport ?? direct.transport;
    const peer = { ...direct, ...options.nextHop, transport };
    const name = from.displayName === '' ? '' : `"${from.displayName.replaceAll('\\', '').replaceAll('"', '')}" `;
    const addresses = { peer, from: `${name}<${from.uri}>`, fromUri: from.uri, to: `<${to.uri}>` };
    const leg: OutboundLeg = new OutboundLeg(
      options,
      addresses,
      this.#contextFor(() => leg),
    );
    this.#calls.set(keyOf(leg.callId, leg.localTag), leg);
    leg.start();
    return leg;
  }

  dialogs(): { count: number; ids: string[]; snapshots: DialogSnapshot[] } {
    const live = [...this.#calls.values()].filter((call) => call.state !== 'ended');
    return { count: live.length, ids: live.map((c) => c.callId), snapshots: live.flatMap((c) => c.snapshot() ?? []) };
  }

  transactions(): number {
    return this.#transactions.size;
  }

  endDialog(snapshot: DialogSnapshot, options: HangUpOptions = {}): Promise<HangUpOutcome> {
    return endJournaled(this.#transactions, this.#timers, snapshot, options);
  }

  async close(options: { readonly waitMs?: number } = {}): Promise<void> {
    this.#isClosing = true;
    const waitMs = options.waitMs ?? DEFAULT_WAIT_MS;
    await Promise.all([...this.#calls.values()].map((call) => call.giveUp(waitMs)));
    this.#transactions.terminateAll();
    for (const call of this.#calls.values()) call.dispose();
    this.#calls.clear();
    await this.#transport.close();
  }

  onInvite(transaction: InviteServerTransaction): void {
    const { request, peer } = transaction;
    const { callId, toTag } = fieldsOf(request);
    if (toTag !== '') {
      const call = this.#calls.get(keyOf(callId, toTag));
      if (call) call.receiveInvite(transaction);
      else transaction.respond(this.#reply(request, 481));
      return;
    }
    const refusal = this.#refusalOf(request, peer.host);
    if (refusal) {
      transaction.respond(this.#reply(request, refusal.status, refusal.headers));
      this.#log.info({ status: refusal.status, source: peer }, 'sip.invite_refused');
      return;
    }
    const leg: InboundLeg = new InboundLeg(
      transaction,
      this.#contextFor(() => leg),
    );
    this.#calls.set(keyOf(leg.callId, leg.localTag), leg);
    this.emit('invite', leg);
  }

  onRequest(transaction: NonInviteServerTransaction): void {
    const { request } = transaction;
    const { callId, toTag } = fieldsOf(request);
    const call = toTag === '' ? undefined : this.#calls.get(keyOf(callId, toTag));
    if (call) call.receiveRequest(transaction);
    else if (toTag !== '') transaction.respond(this.#reply(request, 481));
    else if (request.method === 'OPTIONS') transaction.respond(this.#reply(request, 200, [ALLOW, ACCEPT]));
    else transaction.respond(this.#reply(request, request.method === 'BYE' ? 481 : 405, [ALLOW]));
  }

  onAck(ack: SipRequest): void {
    const { callId, toTag } = fieldsOf(ack);
    this.#calls.get(keyOf(callId, toTag))?.receiveAck(ack);
  }

  onLateAnswer(response: SipResponse): void {
    const { callId, fromTag } = fieldsOf(response);
    const call = this.#calls.get(keyOf(callId, fromTag));
    if (call instanceof OutboundLeg) call.receiveLate(response);
  }

  #refusalOf(request: SipRequest, sourceHost: string): { status: number; headers: Header[] } | undefined {
    const verdict = this.#guard.judge(sourceHost, performance.now());
    if (verdict === 'not_allowed') return { status: 403, headers: [] };
    if (verdict === 'too_many') return { status: 503, headers: [{ name: 'Retry-After', value: '1' }] };
    const required = headerValues(request.headers, 'require').join(', ');
    if (required !== '') return { status: 420, headers: [{ name: 'Unsupported', value: required }] };
    if (!parseSipUri(request.uri)) return { status: 416, headers: [] };
    if (headerValues(request.headers, 'max-forwards')[0] === '0') return { status: 483, headers: [] };
    if (this.#isClosing || !this.hasListener('invite')) return { status: 480, headers: [] };
    return undefined;
  }

  #reply(request: SipRequest, status: number, headers: readonly Header[] = []): ReturnType<typeof responseTo> {
    return responseTo(request, { status, toTag: randomHex(8), headers: [...headers, ...this.#agentHeaders] });
  }

  #contextFor(leg: () => InboundLeg | OutboundLeg): CallContext {
    return {
      transactions: this.#transactions,
      timers: this.#timers,
      log: this.#log,
      allow: ALLOW,
      agentHeaders: this.#agentHeaders,
      contact: (user, transport) => this.#contact(user, transport),
      ended: () => this.#linger(leg()),
    };
  }

  #linger(leg: InboundLeg | OutboundLeg): void {
    const timer = setTimeout(() => {
      leg.dispose();
      this.#calls.delete(keyOf(leg.callId, leg.localTag));
    }, 64 * this.#timers.t1);
    timer.unref();
  }

  #contact(user: string, transport: SipTransport): Header {
    const { host, port } = this.#transport.advertised;
    const hostPort = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    const userPart = user === '' ? '' : `${encodeURIComponent(user).replaceAll('%2B', '+')}@`;
    const suffix = transport === 'udp' ? '' : `;transport=${transport}`;
    return { name: 'Contact', value: `<sip:${userPart}${hostPort}${suffix}>` };
  }
}

function keyOf(callId: string, localTag: string): string {
  return `${callId}|${localTag}`;
}

/** Creates a SIP user agent. Nothing is bound until `listen()`. Throws on an allow-list entry that is no address. */
export function createUserAgent(options: UserAgentOptions): UserAgent {
  return new SipUserAgent(options);
}
