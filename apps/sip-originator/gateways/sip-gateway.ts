import type { LegEnd } from '@callplane/domain';

/** A way to the phone network, ready to use: its password is open. */
export interface Trunk {
  readonly id: string;
  readonly kind: 'embedded' | 'livekit-sip';
  /** `sip:host:port;transport=udp|tcp`; for livekit-sip the carrier's host. */
  readonly uri: string;
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  /** LiveKit's own trunk id. */
  readonly providerTrunkId: string | undefined;
}

/** One outbound leg. */
export interface PlaceOrder {
  readonly callId: string;
  readonly roomName: string;
  /** Under which the caller joins the room. */
  readonly participantIdentity: string;
  readonly trunk: Trunk;
  /** The dialled number. */
  readonly to: string;
  /** Caller id. */
  readonly from: string;
  readonly displayName: string | null;
  /** How long the far end may ring. The gateway gives up a little later, as a net behind the dispatcher's own deadline. */
  readonly ringTimeoutMs: number;
  /** How long the answered leg may last, with the same margin. */
  readonly maxDurationMs: number;
}

/** The leg has started, or why it never will. */
export type PlacedLeg =
  { readonly ok: true } | { readonly ok: false; readonly code: PlaceRefusal; readonly message: string };

/**
 * `trunk_unusable`: its settings cannot be dialled. `gateway_unavailable`: this process has no gateway for it, or no media for
 * one more call. `draining`: it is shutting down; another process may take the call.
 */
export const PLACE_REFUSALS = ['trunk_unusable', 'gateway_unavailable', 'draining'] as const;
export type PlaceRefusal = (typeof PLACE_REFUSALS)[number];

/** What happens to a leg, in order. `ended` comes exactly once, last; nothing follows it. */
export interface LegListener {
  /** A provisional response above 100. `forwarded`: the far end said the call went on to somewhere else. */
  ringing(event: { sipCode: number; forwarded: boolean }): void;
  /** The far end answered and the caller is in the room. */
  answered(): void;
  /** `missing`: no RTP since the answer. `lost`: there was some, and it stopped. The leg goes on until it is hung up. */
  silent(event: { kind: 'missing' | 'lost'; detail: string }): void;
  /** `at`: when it ended, epoch ms; what had to be given back first may have taken a moment. */
  ended(end: LegEnd, at: number): void;
}

/** `unconfirmed`: the far end did not answer our BYE or CANCEL in 2 s. `gone`: there was no such leg any more. */
export type HangUpOutcome = 'confirmed' | 'unconfirmed' | 'gone';

/** Telephony behind one port. Both adapters have the same call states, the same endings and the same room contract. */
export interface SipGateway {
  readonly kind: Trunk['kind'];
  /** Opens what it needs, and ends the legs an earlier process of the same name left behind: `onLost` is told each of them. */
  start(onLost: (callId: string, end: LegEnd) => Promise<void>): Promise<void>;
  /** Resolves as soon as the INVITE is on its way; the rest is told to `listener`. One leg a call id. */
  place(order: PlaceOrder, listener: LegListener): Promise<PlacedLeg>;
  /** CANCEL or BYE. `reason` is for the log. */
  hangUp(callId: string, reason: string): Promise<HangUpOutcome>;
  /** Ids of the calls whose leg has not ended. */
  held(): string[];
  /** Null when it can take a call; otherwise what is missing. */
  problem(): string | null;
  /** Ends every leg within 2 s and gives everything back. */
  close(): Promise<void>;
}
