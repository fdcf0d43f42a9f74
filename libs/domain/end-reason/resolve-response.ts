import type { LegEnd } from './cause.ts';
import type { EndReason } from './end-reasons.ts';
import { matchProviderRule } from './provider-rules.ts';
import { Q850_REASONS, Q850_USER_UNAVAILABLE } from './q850.ts';
import { SIP_CLASS_REASONS, SIP_STATUS_REASONS, VAGUE_STATUSES, sipClass } from './sip-status.ts';
import type { Thresholds } from './thresholds.ts';
import { unclassified, type Verdict } from './verdict.ts';

/** How the far end rang before it answered with a failure. */
export interface Ringing {
  /** Milliseconds from the first 180..183 to the end; 0 when it never rang. */
  readonly ringingMs: number;
  readonly forwarded: boolean;
}

const BY_THE_CALLEE: ReadonlySet<EndReason> = new Set([
  'USER_BUSY',
  'USER_HUNG_UP_RINGING',
  'VOICEMAIL_DETECTED_PRECONNECT',
]);

function verdict(reason: EndReason, rule: string): Verdict {
  return { reason, endedBy: BY_THE_CALLEE.has(reason) ? 'user' : 'carrier', rule };
}

function resolveUnavailable(ringing: Ringing, thresholds: Thresholds): Verdict {
  if (ringing.forwarded) return verdict('VOICEMAIL_DETECTED_PRECONNECT', '480-after-forwarding');
  if (ringing.ringingMs < thresholds.briefRingMinMs) return verdict('USER_UNREACHABLE', '480-without-ringing');
  return ringing.ringingMs < thresholds.briefRingMaxMs
    ? verdict('VOICEMAIL_DETECTED_PRECONNECT', '480-after-brief-ringing')
    : verdict('USER_DID_NOT_PICK_UP', '480-after-long-ringing');
}

function resolveQ850(end: LegEnd): Verdict | undefined {
  if (end.q850 === undefined) return undefined;
  if (end.status === 480 && Q850_USER_UNAVAILABLE.has(end.q850)) return undefined;
  const reason = Q850_REASONS[end.q850];
  return reason === undefined ? undefined : verdict(reason, `q850-${end.q850}`);
}

function resolveExact(status: number, end: LegEnd, ringing: Ringing, thresholds: Thresholds): Verdict | undefined {
  switch (status) {
    case 403:
      return end.challenged
        ? verdict('SIP_FAILED_AUTH', '403-after-challenge')
        : verdict('SIP_FAILED_NUMBER_BLOCKED', '403-without-challenge');
    case 480:
      return resolveUnavailable(ringing, thresholds);
    case 486:
      return ringing.ringingMs >= thresholds.declineRingMs
        ? verdict('USER_HUNG_UP_RINGING', '486-while-ringing')
        : verdict('USER_BUSY', '486-at-once');
    default: {
      const reason = SIP_STATUS_REASONS[status];
      return reason === undefined ? undefined : verdict(reason, `sip-${status}`);
    }
  }
}

function resolveClass(status: number): Verdict {
  const digit = sipClass(status);
  const reason = digit === undefined ? 'SIP_FAILED_UNSPECIFIED' : SIP_CLASS_REASONS[digit];
  return reason === 'SIP_FAILED_UNSPECIFIED'
    ? unclassified(reason, 'carrier', `sip-${status}-unknown`)
    : verdict(reason, `sip-class-${digit}`);
}

/**
 * What a final failure response to our INVITE means. Best witness first: a provider's own word, the Q.850 cause where
 * the status is vague, the exact status, the Q.850 cause of an unlisted status, the status class.
 */
export function resolveResponse(end: LegEnd, ringing: Ringing, thresholds: Thresholds): Verdict {
  const provider = matchProviderRule(end);
  if (provider !== undefined) return verdict(provider.reason, provider.id);
  const cause = resolveQ850(end);
  if (end.status === undefined) return cause ?? unclassified('SIP_FAILED_UNSPECIFIED', 'carrier', 'no-status');
  if (cause !== undefined && VAGUE_STATUSES.has(end.status)) return cause;
  return resolveExact(end.status, end, ringing, thresholds) ?? cause ?? resolveClass(end.status);
}
