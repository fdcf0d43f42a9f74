export { createUserAgent } from './agent/user-agent.ts';
export { SIP_TRANSPORTS } from './agent/api.ts';
export type {
  CallEvents,
  DialogSnapshot,
  FaultHook,
  FaultVerdict,
  HangUpOptions,
  HangUpOutcome,
  InboundCall,
  InboundCallEvents,
  InviteAdmission,
  InviteOptions,
  OutboundCall,
  OutboundCallEvents,
  SipCall,
  SipCallState,
  SipCredentials,
  SipPeer,
  SipTransport,
  UserAgent,
  UserAgentEvents,
  UserAgentOptions,
} from './agent/api.ts';
export type { SipLog } from './emitter.ts';
export type { LegEnd, LegEndBy, LegEndHow, LegEndPhase } from './agent/leg-end.ts';
export { parseAddress, parseSipUri } from './message/parse-address.ts';
export type { NameAddress, SipUri } from './message/parse-address.ts';
export { answerOffer, CODECS, createOffer, readMedia } from './message/sdp.ts';
export type { Codec, LocalMedia, MediaDirection, NegotiatedMedia, SdpProblem, SdpResult } from './message/sdp.ts';
export type { Header, SipMessage, SipRequest, SipResponse } from './message/sip-message.ts';
export { DEFAULT_TIMERS } from './transaction/timers.ts';
export type { SipTimers } from './transaction/timers.ts';
export { decodeG711, encodeG711 } from './media/g711.ts';
export { openRtpSession } from './media/rtp-session.ts';
export type {
  RtpAudio,
  RtpDtmf,
  RtpSession,
  RtpSessionEvents,
  RtpSessionOptions,
  RtpStats,
} from './media/rtp-session.ts';
