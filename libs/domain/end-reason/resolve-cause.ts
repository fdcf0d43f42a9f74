import type { Cause, CauseOf, DeadlineKind, DialFailure, InboundRefusal, TransferOutcome } from './cause.ts';
import type { CallEvidence } from './classification.ts';
import type { EndReason, EndedBy } from './end-reasons.ts';
import { resolveLegEnd } from './resolve-leg-end.ts';
import type { Thresholds } from './thresholds.ts';
import { unclassified, type Verdict } from './verdict.ts';

/** What a passed deadline means. */
export const DEADLINE_REASONS: Readonly<Record<DeadlineKind, EndReason>> = {
  queue_age: 'QUEUE_EXPIRED',
  agent_wait: 'AGENT_NOT_AVAILABLE',
  ring: 'USER_DID_NOT_PICK_UP',
  connect: 'PLATFORM_ERROR',
  max_duration: 'MAX_DURATION_REACHED',
  silence: 'AGENT_HUNG_UP_SILENCE_DETECTED',
  idle: 'IDLE_TIMEOUT',
  runner_return: 'AGENT_CONNECTION_LOST',
  settle: 'PLATFORM_ERROR',
};

/** What it means that no INVITE was sent. */
export const DIAL_FAILURE_REASONS: Readonly<Record<DialFailure, EndReason>> = {
  trunk: 'SIP_FAILED_TRUNK_UNAVAILABLE',
  configuration: 'CONFIGURATION_ERROR',
  not_permitted: 'CALL_NOT_PERMITTED',
  account: 'ACCOUNT_NOT_ALLOWED',
  platform: 'PLATFORM_ERROR',
};

/** What it means that we refused an inbound call. */
export const INBOUND_REFUSAL_REASONS: Readonly<Record<InboundRefusal, EndReason>> = {
  no_runner: 'AGENT_NOT_AVAILABLE',
  over_capacity: 'CONCURRENCY_LIMIT_REACHED',
  configuration: 'CONFIGURATION_ERROR',
  account: 'ACCOUNT_NOT_ALLOWED',
  not_permitted: 'CALL_NOT_PERMITTED',
};

const TRANSFER_VERDICTS: Readonly<Record<TransferOutcome, { reason: EndReason; endedBy: EndedBy }>> = {
  transferred: { reason: 'CALL_TRANSFERRED', endedBy: 'agent' },
  failed: { reason: 'TRANSFER_FAILED', endedBy: 'carrier' },
  user_hung_up: { reason: 'USER_HUNG_UP_DURING_TRANSFER', endedBy: 'user' },
  human_took_over: { reason: 'HUMAN_TOOK_OVER', endedBy: 'operator' },
};

const MACHINE_REASONS = {
  voicemail: 'AGENT_HUNG_UP_VOICEMAIL_DETECTED',
  ivr: 'AGENT_HUNG_UP_IVR_DETECTED',
  screening: 'CALL_SCREENED',
} as const satisfies Record<string, EndReason>;

function canceled(call: CallEvidence): EndReason {
  const dialled = call.dialedAt !== undefined || call.direction === 'inbound';
  return dialled ? 'CANCELED_WHILE_RINGING' : 'CANCELED_BEFORE_DIAL';
}

function resolveRunnerEnded(cause: CauseOf<'runner-ended'>, call: CallEvidence): Verdict {
  const rule = `runner-${cause.how}`;
  if (cause.how === 'error') return { reason: 'AGENT_ERROR', endedBy: 'agent', rule };
  if (call.everActive) return { reason: 'AGENT_ENDED_CALL', endedBy: 'agent', rule };
  const reason = call.direction === 'inbound' ? 'AGENT_NOT_AVAILABLE' : canceled(call);
  return { reason, endedBy: 'agent', rule };
}

function resolveMachine(cause: CauseOf<'voicemail-detected'>, call: CallEvidence): Verdict {
  const detected = cause.detected ?? 'voicemail';
  const rule = `${detected}-detector`;
  if (!call.everActive) return { reason: 'VOICEMAIL_DETECTED_PRECONNECT', endedBy: 'platform', rule };
  const left = detected === 'voicemail' && cause.leftMessage === true;
  return left
    ? { reason: 'AGENT_LEFT_VOICEMAIL', endedBy: 'agent', rule }
    : { reason: MACHINE_REASONS[detected], endedBy: 'platform', rule };
}

function resolveDeadline(deadline: DeadlineKind, call: CallEvidence): Verdict {
  if (deadline === 'settle') return unclassified('PLATFORM_ERROR', 'platform', 'settle-is-no-cause');
  const ourOwn = deadline === 'ring' && call.direction === 'inbound';
  return {
    reason: ourOwn ? 'AGENT_NOT_AVAILABLE' : DEADLINE_REASONS[deadline],
    endedBy: 'platform',
    rule: `${deadline}-deadline`,
  };
}

type Loss = 'runner-lost' | 'agent-unavailable' | 'bridge-lost' | 'media-lost' | 'audio-missing' | 'worker-lost';

/** What a loss means after and before the call was active. */
const LOSS_REASONS: Readonly<Record<Loss, readonly [active: EndReason, before: EndReason]>> = {
  'runner-lost': ['AGENT_CONNECTION_LOST', 'AGENT_CONNECTION_LOST'],
  'agent-unavailable': ['AGENT_CONNECTION_LOST', 'AGENT_NOT_AVAILABLE'],
  'bridge-lost': ['MEDIA_CONNECTION_LOST', 'PLATFORM_ERROR'],
  'media-lost': ['MEDIA_CONNECTION_LOST', 'SIP_FAILED_MEDIA'],
  'audio-missing': ['NO_USER_AUDIO', 'SIP_FAILED_MEDIA'],
  'worker-lost': ['PLATFORM_WORKER_LOST', 'PLATFORM_WORKER_LOST'],
};

/** What one cause says, were it the only one. Total over all causes. */
export function resolveCause(cause: Cause, call: CallEvidence, thresholds: Thresholds): Verdict {
  const rule = cause.type;
  switch (cause.type) {
    case 'leg-ended':
      return resolveLegEnd(cause, call, thresholds);
    case 'hangup-requested':
      return { reason: call.everActive ? 'OPERATOR_ENDED_CALL' : canceled(call), endedBy: 'operator', rule };
    case 'runner-ended':
      return resolveRunnerEnded(cause, call);
    case 'voicemail-detected':
      return resolveMachine(cause, call);
    case 'deadline-passed':
      return resolveDeadline(cause.deadline, call);
    case 'transfer-ended':
      return { ...TRANSFER_VERDICTS[cause.outcome], rule: `transfer-${cause.outcome}` };
    case 'dial-failed':
      return { reason: DIAL_FAILURE_REASONS[cause.why], endedBy: 'platform', rule: `dial-failed-${cause.why}` };
    case 'inbound-refused':
      return { reason: INBOUND_REFUSAL_REASONS[cause.why], endedBy: 'platform', rule: `refused-${cause.why}` };
    case 'speech-failed':
      return { reason: cause.which === 'stt' ? 'STT_FAILED' : 'TTS_FAILED', endedBy: 'platform', rule };
    case 'runner-lost':
    case 'agent-unavailable':
    case 'bridge-lost':
    case 'media-lost':
    case 'audio-missing':
    case 'worker-lost':
      return { reason: LOSS_REASONS[cause.type][call.everActive ? 0 : 1], endedBy: 'platform', rule };
  }
}
