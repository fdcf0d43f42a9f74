/** LiveKit behind our own small interfaces: rooms, tokens, one audio-only participant, and the SIP service's client. */
export { createRoomAdmin, type CreateRoomOptions, type LiveKitAccess, type RoomAdmin } from './room-admin.ts';
export { roomToken, MAX_TOKEN_TTL_S, type RoomTokenRequest } from './room-token.ts';
export {
  disposeRtc,
  joinRoom,
  type AudioFormat,
  type JoinRoomOptions,
  type ParticipantView,
  type ParticipantKind,
  type RoomLeg,
  type RoomLegEvents,
} from './room-leg.ts';
export {
  createSipClient,
  type CreateSipParticipantRequest,
  type SipClient,
  type SipParticipantOutcome,
} from './sip-client.ts';
