/**
 * Every way a call can end, in catalogue order (row 1 first). The codes are public: never renamed, never reused.
 * What each one means stands in END_REASON_CATALOGUE.
 */
export const END_REASONS = [
  'USER_HUNG_UP_IN_CALL',
  'AGENT_ENDED_CALL',
  'OPERATOR_ENDED_CALL',
  'AGENT_HUNG_UP_SILENCE_DETECTED',
  'AGENT_HUNG_UP_VOICEMAIL_DETECTED',
  'AGENT_LEFT_VOICEMAIL',
  'AGENT_HUNG_UP_IVR_DETECTED',
  'CALL_SCREENED',
  'MAX_DURATION_REACHED',
  'IDLE_TIMEOUT',
  'CALL_TRANSFERRED',
  'TRANSFER_FAILED',
  'USER_HUNG_UP_DURING_TRANSFER',
  'HUMAN_TOOK_OVER',
  'USER_DID_NOT_PICK_UP',
  'USER_HUNG_UP_RINGING',
  'USER_BUSY',
  'VOICEMAIL_DETECTED_PRECONNECT',
  'USER_UNREACHABLE',
  'SIP_FAILED_WRONG_NUMBER',
  'SIP_FAILED_NUMBER_BLOCKED',
  'SIP_FAILED_AUTH',
  'SIP_FAILED_RATE_LIMITED',
  'SIP_FAILED_TRUNK_UNAVAILABLE',
  'SIP_FAILED_ROUTING',
  'SIP_FAILED_MEDIA',
  'SIP_FAILED_UNSPECIFIED',
  'CANCELED_BEFORE_DIAL',
  'CANCELED_WHILE_RINGING',
  'CALLER_ABANDONED_RINGING',
  'QUEUE_EXPIRED',
  'CONCURRENCY_LIMIT_REACHED',
  'CALL_NOT_PERMITTED',
  'ACCOUNT_NOT_ALLOWED',
  'AGENT_NOT_AVAILABLE',
  'AGENT_CONNECTION_LOST',
  'AGENT_ERROR',
  'STT_FAILED',
  'TTS_FAILED',
  'NO_USER_AUDIO',
  'MEDIA_CONNECTION_LOST',
  'WEB_USER_NOT_JOINED',
  'PLATFORM_WORKER_LOST',
  'CONFIGURATION_ERROR',
  'PLATFORM_ERROR',
] as const;

/** One code of END_REASONS. */
export type EndReason = (typeof END_REASONS)[number];

/** What the final visible status is: `either` where the reason can meet a call before and after it was active. */
export const FINALS = ['completed', 'failed', 'either'] as const;
/** See FINALS. */
export type Final = (typeof FINALS)[number];

/** Whose doing it was that the call ended this way. */
export const FAULTS = ['nobody', 'callee', 'customer', 'agent', 'carrier', 'platform', 'unknown'] as const;
/** See FAULTS. */
export type Fault = (typeof FAULTS)[number];

/**
 * Does another attempt make sense? `soon` minutes, `later` hours, `backoff` with growing delays, `after_fix` once
 * somebody changed something, `policy` the calling policy says when, `caller_decides` no advice.
 */
export const RETRIES = [
  'no',
  'never',
  'soon',
  'later',
  'later_once',
  'backoff',
  'backoff_once',
  'after_fix',
  'policy',
  'caller_decides',
] as const;
/** See RETRIES. */
export type Retry = (typeof RETRIES)[number];

/** Who ended the call. */
export const ENDERS = ['user', 'agent', 'operator', 'platform', 'carrier'] as const;
/** See ENDERS. */
export type EndedBy = (typeof ENDERS)[number];

/** How far the call had come when it ended. */
export const PHASES = ['queue', 'dial', 'ring', 'active', 'transfer'] as const;
/** See PHASES. */
export type Phase = (typeof PHASES)[number];
