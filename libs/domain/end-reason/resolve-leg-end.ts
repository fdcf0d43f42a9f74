import type { CauseOf, LegEnd } from './cause.ts';
import type { CallEvidence } from './classification.ts';
import { Q850_NETWORK_BROKE } from './q850.ts';
import { resolveResponse } from './resolve-response.ts';
import type { Thresholds } from './thresholds.ts';
import { unclassified, type Verdict } from './verdict.ts';

/** The lifecycle page's rule: answered, the caller never had a turn, and the far end left within the window. */
function metVoicemail(at: number, call: CallEvidence, thresholds: Thresholds): boolean {
  return (
    call.direction === 'outbound' &&
    call.callerTurns === 0 &&
    call.answeredAt !== undefined &&
    at - call.answeredAt < thresholds.voicemailWindowMs
  );
}

function resolveHangUp(at: number, end: LegEnd, call: CallEvidence, thresholds: Thresholds): Verdict {
  if (!call.everActive) {
    return call.direction === 'inbound'
      ? { reason: 'CALLER_ABANDONED_RINGING', endedBy: 'user', rule: 'caller-gave-up' }
      : { reason: 'USER_HUNG_UP_RINGING', endedBy: 'user', rule: 'hung-up-before-connected' };
  }
  if (end.q850 !== undefined && Q850_NETWORK_BROKE.has(end.q850)) {
    return { reason: 'MEDIA_CONNECTION_LOST', endedBy: 'carrier', rule: `bye-with-q850-${end.q850}` };
  }
  return metVoicemail(at, call, thresholds)
    ? { reason: 'AGENT_HUNG_UP_VOICEMAIL_DETECTED', endedBy: 'user', rule: 'no-caller-turn-before-early-bye' }
    : { reason: 'USER_HUNG_UP_IN_CALL', endedBy: 'user', rule: 'far-end-bye' };
}

function resolveLocalEnd(end: LegEnd): Verdict {
  if (end.how === 'timeout' && end.phase === 'talk') {
    return { reason: 'MAX_DURATION_REACHED', endedBy: 'platform', rule: 'gateway-duration-timer' };
  }
  return end.how === 'timeout'
    ? { reason: 'USER_DID_NOT_PICK_UP', endedBy: 'platform', rule: 'gateway-ring-timer' }
    : unclassified('PLATFORM_ERROR', 'platform', 'unexplained-local-end');
}

function resolveBrokenSetup(end: LegEnd, call: CallEvidence): Verdict {
  if (end.how === 'media') return { reason: 'SIP_FAILED_MEDIA', endedBy: 'carrier', rule: 'setup-media' };
  return end.how === 'timeout' && call.ringingAt !== undefined && call.answeredAt === undefined
    ? { reason: 'USER_DID_NOT_PICK_UP', endedBy: 'carrier', rule: 'rang-without-final-response' }
    : { reason: 'SIP_FAILED_TRUNK_UNAVAILABLE', endedBy: 'carrier', rule: `setup-${end.how}` };
}

/** What the end of the leg means when it is what ended the call. */
export function resolveLegEnd(cause: CauseOf<'leg-ended'>, call: CallEvidence, thresholds: Thresholds): Verdict {
  const { at, end } = cause;
  if (end.by === 'local') return resolveLocalEnd(end);
  if (end.by === 'remote' && (end.how === 'bye' || end.how === 'cancel')) {
    return resolveHangUp(at, end, call, thresholds);
  }
  if (call.everActive && end.phase === 'talk') {
    return { reason: 'MEDIA_CONNECTION_LOST', endedBy: 'carrier', rule: `leg-broke-${end.how}` };
  }
  if (end.by === 'error' || end.how !== 'response') return resolveBrokenSetup(end, call);
  const ringingMs = call.ringingAt === undefined ? 0 : at - call.ringingAt;
  return resolveResponse(end, { ringingMs, forwarded: call.forwarded === true }, thresholds);
}
