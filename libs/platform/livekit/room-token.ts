import { AccessToken } from 'livekit-server-sdk';
import type { LiveKitAccess } from './room-admin.ts';

/** A token is used at once to join; nobody needs one for longer. */
export const MAX_TOKEN_TTL_S = 600;

/** Who may join which room, and as what. */
export interface RoomTokenRequest {
  readonly room: string;
  readonly identity: string;
  /** `sip` marks a phone leg as LiveKit's SIP service does. Default `standard`. */
  readonly kind?: 'sip' | 'standard';
  readonly attributes?: Readonly<Record<string, string>>;
  /** Seconds, at most MAX_TOKEN_TTL_S. Default 120. */
  readonly ttlS?: number;
}

/** A join token for one room and one identity: publish audio, subscribe, update own attributes. @throws RangeError for a longer life. */
export async function roomToken(access: LiveKitAccess, request: RoomTokenRequest): Promise<string> {
  const ttl = request.ttlS ?? 120;
  if (!(ttl > 0 && ttl <= MAX_TOKEN_TTL_S)) throw new RangeError(`a room token lives 1 to ${MAX_TOKEN_TTL_S} s`);
  const token = new AccessToken(access.apiKey, access.apiSecret, {
    identity: request.identity,
    ttl,
    ...(request.attributes === undefined ? {} : { attributes: { ...request.attributes } }),
  });
  if (request.kind !== undefined) token.kind = request.kind;
  token.addGrant({
    room: request.room,
    roomJoin: true,
    canPublish: true,
    canSubscribe: true,
    canPublishData: true,
    canUpdateOwnMetadata: true,
  });
  return token.toJwt();
}
