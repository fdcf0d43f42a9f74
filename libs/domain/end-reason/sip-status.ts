import type { EndReason } from './end-reasons.ts';

/**
 * Final SIP statuses with one meaning; 403, 480 and 486 depend on what happened before, see `resolveResponse`
 * (RFC 3261, 3398, 3326, 8197, 8224, 8688, ATIS-1000099).
 */
export const SIP_STATUS_REASONS: Readonly<Record<number, EndReason>> = {
  301: 'SIP_FAILED_WRONG_NUMBER',
  302: 'VOICEMAIL_DETECTED_PRECONNECT',
  401: 'SIP_FAILED_AUTH',
  402: 'SIP_FAILED_AUTH',
  404: 'SIP_FAILED_WRONG_NUMBER',
  406: 'SIP_FAILED_MEDIA',
  407: 'SIP_FAILED_AUTH',
  408: 'USER_DID_NOT_PICK_UP',
  410: 'SIP_FAILED_WRONG_NUMBER',
  415: 'SIP_FAILED_MEDIA',
  416: 'SIP_FAILED_ROUTING',
  420: 'SIP_FAILED_ROUTING',
  421: 'SIP_FAILED_ROUTING',
  428: 'SIP_FAILED_AUTH',
  429: 'SIP_FAILED_RATE_LIMITED',
  433: 'SIP_FAILED_NUMBER_BLOCKED',
  436: 'SIP_FAILED_AUTH',
  437: 'SIP_FAILED_AUTH',
  438: 'SIP_FAILED_AUTH',
  482: 'SIP_FAILED_ROUTING',
  483: 'SIP_FAILED_ROUTING',
  484: 'SIP_FAILED_WRONG_NUMBER',
  485: 'SIP_FAILED_WRONG_NUMBER',
  487: 'USER_DID_NOT_PICK_UP',
  488: 'SIP_FAILED_MEDIA',
  493: 'SIP_FAILED_MEDIA',
  500: 'SIP_FAILED_TRUNK_UNAVAILABLE',
  502: 'SIP_FAILED_TRUNK_UNAVAILABLE',
  503: 'SIP_FAILED_TRUNK_UNAVAILABLE',
  504: 'SIP_FAILED_TRUNK_UNAVAILABLE',
  580: 'SIP_FAILED_MEDIA',
  600: 'USER_BUSY',
  603: 'USER_HUNG_UP_RINGING',
  604: 'SIP_FAILED_WRONG_NUMBER',
  606: 'SIP_FAILED_MEDIA',
  607: 'SIP_FAILED_NUMBER_BLOCKED',
  608: 'SIP_FAILED_NUMBER_BLOCKED',
};

/** What a class means where the exact status is not listed: as RFC 3261 8.1.3.2 has it, an unknown x99 is an x00. */
export const SIP_CLASS_REASONS = {
  3: 'SIP_FAILED_ROUTING',
  4: 'SIP_FAILED_UNSPECIFIED',
  5: 'SIP_FAILED_TRUNK_UNAVAILABLE',
  6: 'USER_BUSY',
} as const satisfies Record<number, EndReason>;

/** The class digit of a final failure status, or undefined where it is not one (200, 99, 700). */
export function sipClass(status: number): keyof typeof SIP_CLASS_REASONS | undefined {
  const digit = Math.floor(status / 100);
  return digit === 3 || digit === 4 || digit === 5 || digit === 6 ? digit : undefined;
}

/**
 * Statuses that say little. A Q.850 cause beside one of them is the better witness: gateways to the phone network
 * answer 480 or 503 to nearly everything and put the truth in the Reason header.
 */
export const VAGUE_STATUSES: ReadonlySet<number> = new Set([400, 480, 500, 502, 503, 504]);
