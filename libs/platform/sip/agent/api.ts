import type { SipMessage } from '../message/sip-message.ts';
import type { SipTimers } from '../transaction/timers.ts';
import type { SipLog } from '../emitter.ts';
import type { LegEnd } from './leg-end.ts';

/** Transports this stack speaks. */
export const SIP_TRANSPORTS = ['udp', 'tcp'] as const;
/** One of `udp`, `tcp`. */
export type SipTransport = (typeof SIP_TRANSPORTS)[number];

/** A network peer: IP address (or host name when sending), port and transport. */
export interface SipPeer {
  readonly host: string;
  readonly port: number;
  readonly transport: SipTransport;
}

/** What a fault hook may do with one message. */
export type FaultVerdict = 'pass' | 'drop' | { readonly delayMs: number };

/** Test hook asked for every message, both ways, before it is sent or handled. */
export type FaultHook = (direction: 'in' | 'out', message: SipMessage, peer: SipPeer) => FaultVerdict;

/** Who may send us an INVITE. Requests inside a live dialog are not affected. */
export interface InviteAdmission {
  /** IPv4/IPv6 addresses or CIDR blocks. Absent: everyone. Others get 403 and create no call. */
  readonly allow?: readonly string[];
  /** Sustained INVITEs a second for one source address (default 20); above it 503 with Retry-After. */
  readonly invitesPerSecond?: number;
  /** INVITEs a source may send at once before the rate counts (default 40). */
  readonly burst?: number;
}

/** How to bind and behave; see `createUserAgent`. */
export interface UserAgentOptions {
  /** `port` 0 picks a free one (the same number for UDP and TCP); read it back from `address` after `listen()`. */
  readonly bind: { readonly host: string; readonly port: number; readonly transports: readonly SipTransport[] };
  /** Address put in Via and Contact when it differs from the bound one (NAT, 0.0.0.0). */
  readonly advertise?: { readonly host: string; readonly port?: number };
  readonly userAgentName?: string;
  readonly timers?: Partial<SipTimers>;
  readonly faults?: FaultHook;
  readonly admission?: InviteAdmission;
  readonly log?: SipLog;
  /** Sees every message sent and received, after the fault hook let it through. For traces and ladders. */
  readonly tap?: (direction: 'in' | 'out', message: SipMessage, peer: SipPeer) => void;
}

/** Digest credentials of a trunk. */
export interface SipCredentials {
  readonly username: string;
  readonly password: string;
}

/** One outbound INVITE. */
export interface InviteOptions {
  /** Request-URI, e.g. `sip:+15550100001@127.0.0.1:5070`. Also the address to send to, unless `nextHop` is given. */
  readonly target: string;
  /** SIP URI or name-addr for From, e.g. `"Acme" <sip:+15550100099@acme.example>`. */
  readonly from: string;
  /** SIP URI or name-addr for To; the target when absent. */
  readonly to?: string;
  /** Our offer. */
  readonly sdp: string;
  /** Extra headers (X-*, P-Asserted-Identity, ...). */
  readonly headers?: Readonly<Record<string, string>>;
  /** Wins over a `transport` URI parameter; `udp` when neither says. */
  readonly transport?: SipTransport;
  /** Where to send, when it is not the target's own host and port (an outbound proxy). */
  readonly nextHop?: { readonly host: string; readonly port: number };
  readonly credentials?: SipCredentials;
  /** Call-ID; random when absent. Must be unique to this call. */
  readonly callId?: string;
}

/** What came of our BYE or CANCEL. `unconfirmed`: not answered in the time allowed (it is still being resent). `crossed`: a 200 crossed our CANCEL, so the leg was acknowledged and ended by BYE. */
export type HangUpOutcome = 'confirmed' | 'crossed' | 'unconfirmed' | 'already_ended';

/** `waitMs`: how long to wait for the confirmation before saying `unconfirmed` (default 2,000). `headers`: e.g. Reason. */
export interface HangUpOptions {
  readonly waitMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where a call stands. `ending`: our BYE or CANCEL is on its way. */
export type SipCallState = 'setup' | 'talk' | 'ending' | 'ended';

/** Events of both directions. */
export interface CallEvents {
  /** The far end re-negotiated: `sdp` is its description, `localSdp` what we answered. */
  renegotiated: { readonly sdp: string; readonly localSdp: string };
  /** Exactly once a call, last. */
  ended: LegEnd;
}

/** Events of an outbound call. */
export interface OutboundCallEvents extends CallEvents {
  /** Every 1xx above 100; `sdp` when it carries early media. `headers`: all of them, lower-case names. */
  provisional: {
    readonly status: number;
    readonly reason: string;
    readonly sdp?: string;
    readonly headers: Readonly<Record<string, string>>;
  };
  /** The first 200. It has been acknowledged already. */
  answered: { readonly sdp: string; readonly headers: Readonly<Record<string, string>> };
}

/** Events of an inbound call. */
export interface InboundCallEvents extends CallEvents {
  /** The caller gave up before the answer; 487 has been sent. `ended` follows at once. */
  cancelled: { readonly headers: Readonly<Record<string, string>> };
  /** The ACK of our 200 arrived; `sdp` when it carries the answer to an INVITE without offer. */
  acked: { readonly sdp?: string };
}

/** What both directions share. */
export interface SipCall<Events extends CallEvents> {
  readonly callId: string;
  readonly state: SipCallState;
  /** Set once ended. */
  readonly end: LegEnd | undefined;
  on<K extends keyof Events>(event: K, listener: (event: Events[K]) => void): () => void;
  /** The next occurrence. What has passed is not repeated: look at `state` and `end` first. */
  next<K extends keyof Events>(event: K): Promise<Events[K]>;
  /** Ends an answered call by BYE. Resolves with the outcome; never rejects. */
  bye(options?: HangUpOptions): Promise<HangUpOutcome>;
  /** Says how to answer a re-INVITE; undefined refuses it with 488. By default the last local description is answered again. */
  answerRenegotiationWith(answer: (offer: string) => string | undefined): void;
  /** What a journal needs to end this leg after a restart; undefined before there is anything to end. */
  snapshot(): DialogSnapshot | undefined;
}

/** A call we place. Listeners may be added in the same tick as `invite()` without losing anything. */
export interface OutboundCall extends SipCall<OutboundCallEvents> {
  /**
   * Gives up before the answer. No CANCEL leaves before the first 1xx (RFC 3261 9.1); a 200 that crosses it is
   * acknowledged and ended by BYE. Resolves with the outcome; never rejects. On an answered call it is `bye()`.
   */
  cancel(options?: HangUpOptions): Promise<HangUpOutcome>;
}

/** A call someone places to us. It answers 100 by itself, nothing else. */
export interface InboundCall extends SipCall<InboundCallEvents> {
  readonly from: { readonly uri: string; readonly user: string; readonly displayName: string };
  readonly to: { readonly uri: string; readonly user: string; readonly displayName: string };
  readonly requestUri: string;
  /** User part of the Request-URI, percent-decoded: the dialled number. */
  readonly dialled: string;
  /** All headers, lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The caller's offer; empty when the INVITE carried none. */
  readonly sdp: string;
  readonly source: SipPeer;
  /** 180 Ringing. */
  ring(): void;
  /** 183 with early media. */
  progress(sdp: string): void;
  /** 200, resent until acknowledged; without an ACK the leg is ended by BYE and `ended` says `timeout`. False when it is too late (cancelled, ended). */
  answer(sdp: string): boolean;
  /** Final refusal, 300-699. False when it is too late. */
  reject(status: number, reason?: string, headers?: Readonly<Record<string, string>>): boolean;
}

/**
 * Plain, serialisable state of a live leg. `early` is an outbound INVITE without final answer (ended by CANCEL),
 * `confirmed` an answered dialog (ended by BYE). Safe to store as JSON; holds phone numbers, no credentials.
 */
export interface DialogSnapshot {
  readonly version: 1;
  readonly state: 'early' | 'confirmed';
  readonly direction: 'outbound' | 'inbound';
  readonly callId: string;
  readonly localTag: string;
  /** Empty while early. */
  readonly remoteTag: string;
  readonly localUri: string;
  readonly remoteUri: string;
  /** Last CSeq number we used; of the INVITE itself while early. */
  readonly localCseq: number;
  readonly routeSet: readonly string[];
  readonly remoteTarget: string;
  readonly peer: SipPeer;
  /** Top Via value of the pending INVITE; only while early. */
  readonly inviteVia?: string;
}

/** Events of the user agent. */
export interface UserAgentEvents {
  invite: InboundCall;
}

/** See `createUserAgent`. */
export interface UserAgent {
  /** Binds the sockets; resolves with the bound address. Throws with `cause` when the port is taken. */
  listen(): Promise<{ readonly host: string; readonly port: number }>;
  /** Bound address; throws before `listen()`. */
  readonly address: { readonly host: string; readonly port: number };
  /** Sends an INVITE. Never throws for network reasons: they arrive as `ended`. Throws on a target that is not a SIP URI. */
  invite(options: InviteOptions): OutboundCall;
  /** Without a listener every INVITE is refused with 480. */
  on<K extends keyof UserAgentEvents>(event: K, listener: (event: UserAgentEvents[K]) => void): () => void;
  next<K extends keyof UserAgentEvents>(event: K): Promise<UserAgentEvents[K]>;
  /** Legs that could still be ended: count and snapshots. */
  dialogs(): { readonly count: number; readonly ids: readonly string[]; readonly snapshots: readonly DialogSnapshot[] };
  /** Ends a leg known only from a journal (BYE, or CANCEL while early). 481 counts as confirmed: it is gone. */
  endDialog(snapshot: DialogSnapshot, options?: HangUpOptions): Promise<HangUpOutcome>;
  /** Live transactions; 0 when all is quiet. For leak tests and health. */
  transactions(): number;
  /** Ends live calls (BYE, CANCEL, 503 to ringing inbound ones) within `waitMs` (default 2,000), then closes the sockets. */
  close(options?: { readonly waitMs?: number }): Promise<void>;
}
