import type { LegEnd } from '@callplane/domain';
import type { SipParticipantOutcome } from '@callplane/livekit';

/** What we know of the attempt when LiveKit's answer arrives. */
export interface Attempt {
  readonly elapsedMs: number;
  readonly ringTimeoutMs: number;
  /** Why we gave it up ourselves, if we did. */
  readonly givenUp: 'ordered' | 'ring_timeout' | undefined;
}

type Failed = Exclude<SipParticipantOutcome, { outcome: 'created' }>;

/** LiveKit answers its own ring timeout with one of these; from the far end they can come as well. */
const RING_TIMEOUT_STATUSES = new Set([408, 480, 487]);

/**
 * How an INVITE that was not answered ended. The raw SIP status is LiveKit's `sip_status_code`; where LiveKit had no status, none
 * is made up. Its metadata is kept as evidence under `X-LiveKit-*`.
 */
export function endOfAttempt(outcome: Failed, attempt: Attempt): LegEnd {
  const setup = { phase: 'setup', challenged: false } as const;
  if (attempt.givenUp === 'ordered') return { ...setup, by: 'local', how: 'cancel', headers: {} };
  if (attempt.givenUp === 'ring_timeout') return { ...setup, by: 'local', how: 'timeout', headers: {} };
  switch (outcome.outcome) {
    case 'sip': {
      const headers = evidence(outcome.metadata);
      const { status, reason } = outcome;
      // The status is LiveKit's way to say that its timer ended the ringing: a local timeout has no remote status.
      if (RING_TIMEOUT_STATUSES.has(status) && attempt.elapsedMs >= attempt.ringTimeoutMs) {
        const said = `LiveKit's ring timeout (${status} ${reason})`;
        return { ...setup, by: 'local', how: 'timeout', reason: said, headers };
      }
      return { ...setup, by: 'remote', how: 'response', status, reason: phrase(reason), headers };
    }
    case 'refused': {
      const reason = `LiveKit refused the request: ${outcome.code}: ${outcome.message}`;
      return { ...setup, by: 'error', how: 'transport', reason, headers: {} };
    }
    case 'unknown': {
      const reason = `LiveKit did not say what became of the INVITE: ${outcome.message}`;
      return { ...setup, by: 'error', how: 'transport', reason, headers: {} };
    }
  }
}

/** A participant that is not in the room any more: all LiveKit leaves us of a BYE. */
export function endOfPresence(givenUp: 'ordered' | 'max_duration' | undefined): LegEnd {
  const talk = { phase: 'talk', challenged: false } as const;
  if (givenUp === 'ordered') return { ...talk, by: 'local', how: 'bye', headers: {} };
  if (givenUp === 'max_duration') return { ...talk, by: 'local', how: 'timeout', headers: {} };
  const headers = { 'X-LiveKit-Evidence': 'the participant left; the cause of the BYE is not visible through LiveKit' };
  return { ...talk, by: 'remote', how: 'bye', headers };
}

/** `SIP_STATUS_BUSY_HERE` -> `BUSY HERE`; a real phrase stays as it is. */
function phrase(reason: string): string {
  return reason.startsWith('SIP_STATUS_') ? reason.slice('SIP_STATUS_'.length).replaceAll('_', ' ') : reason;
}

/** `error_details` is the protobuf of the same facts. */
function evidence(metadata: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(metadata).filter(([name]) => name !== 'error_details');
  return Object.fromEntries(kept.map(([name, value]) => [`X-LiveKit-${name.replaceAll('_', '-')}`, value]));
}
