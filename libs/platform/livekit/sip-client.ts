import { SipCallError, SipClient as LiveKitSipClient, ServerError } from 'livekit-server-sdk';
import { httpUrl, type LiveKitAccess } from './room-admin.ts';

/** An outbound leg through LiveKit's SIP service. */
export interface CreateSipParticipantRequest {
  /** LiveKit's id of the outbound trunk (`ST_...`). */
  readonly trunkId: string;
  readonly to: string;
  readonly from?: string;
  readonly roomName: string;
  readonly participantIdentity: string;
  readonly participantName?: string;
  readonly displayName?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** Extra headers of the INVITE. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Rounded up to seconds, LiveKit's unit. */
  readonly ringTimeoutMs: number;
  /** Rounded up to seconds. */
  readonly maxDurationMs: number;
  /** True: resolve when the far end answered or refused. False: when the INVITE is under way. */
  readonly waitUntilAnswered: boolean;
}

/**
 * What came of the request. `sip`: the far end (or LiveKit for it) ended the INVITE with this status. `refused`: LiveKit's API
 * refused the request, nothing was dialled. `unknown`: no answer of LiveKit arrived, it may or may not have dialled.
 */
export type SipParticipantOutcome =
  | { readonly outcome: 'created'; readonly participantIdentity: string; readonly sipCallId: string }
  | {
      readonly outcome: 'sip';
      readonly status: number;
      readonly reason: string;
      readonly metadata: Record<string, string>;
    }
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string }
  | { readonly outcome: 'unknown'; readonly message: string };

/** LiveKit's SIP service, as far as we need it. */
export interface SipClient {
  /** Never rejects for what LiveKit or the far end says. */
  createSipParticipant(request: CreateSipParticipantRequest): Promise<SipParticipantOutcome>;
}

/** A client of LiveKit's SIP service; it holds no connection. */
export function createSipClient(access: LiveKitAccess): SipClient {
  const client = new LiveKitSipClient(httpUrl(access.url), access.apiKey, access.apiSecret);
  return {
    createSipParticipant: async (request) => {
      try {
        const { trunkId, to, roomName } = request;
        const created = await client.createSipParticipant(trunkId, to, roomName, optionsOf(request));
        const { participantIdentity, sipCallId } = created;
        return { outcome: 'created', participantIdentity, sipCallId };
      } catch (error) {
        return outcomeOf(error);
      }
    },
  };
}

function optionsOf(request: CreateSipParticipantRequest): Parameters<LiveKitSipClient['createSipParticipant']>[3] {
  return {
    participantIdentity: request.participantIdentity,
    ringingTimeout: Math.ceil(request.ringTimeoutMs / 1000),
    maxCallDuration: Math.ceil(request.maxDurationMs / 1000),
    waitUntilAnswered: request.waitUntilAnswered,
    playDialtone: false,
    ...(request.from === undefined ? {} : { fromNumber: request.from }),
    ...(request.participantName === undefined ? {} : { participantName: request.participantName }),
    ...(request.displayName === undefined ? {} : { displayName: request.displayName }),
    ...(request.attributes === undefined ? {} : { participantAttributes: { ...request.attributes } }),
    ...(request.headers === undefined ? {} : { headers: { ...request.headers } }),
  };
}

/** The raw SIP status travels in the error's metadata (`sip_status_code`, `sip_status`). Exported for the adapter's tests. */
export function outcomeOf(error: unknown): SipParticipantOutcome {
  if (error instanceof SipCallError && Number.isInteger(error.sipStatusCode)) {
    const status = error.sipStatusCode ?? 0;
    return { outcome: 'sip', status, reason: error.sipStatus ?? '', metadata: { ...error.metadata } };
  }
  const message = error instanceof Error ? error.message : String(error);
  // A 5xx or no HTTP answer at all says nothing about the INVITE.
  if (!(error instanceof ServerError) || error.status >= 500) return { outcome: 'unknown', message };
  return { outcome: 'refused', code: error.code ?? String(error.status), message };
}
