import { CLOSE_CODES } from '@callplane/contracts';
import type { CallRow, CallStore } from '@callplane/persistence';
import { readCallToken } from '../call-token.ts';

export type DialCheck = { ok: true; call: CallRow; jobId: string } | { ok: false; code: number; reason: string };

/**
 * May this token open the bridge of this call now? A call that has ended says so for ever: runners redial after a failing
 * entrypoint. @throws when the database does not answer.
 */
export async function verifyDial(calls: CallStore, secret: string, callId: string, token: string): Promise<DialCheck> {
  const jobId = readCallToken(secret, callId, token);
  if (jobId === undefined) return refuse('unknown call or bad token');
  const call = await calls.callById(callId);
  if (call === undefined) return refuse('unknown call or bad token');
  if (call.endedAt !== null) return refuse(`the call has ended: ${call.endReason}`);
  if (call.jobId !== jobId) return refuse('the call was given to another runner');
  return { ok: true, call, jobId };
}

const refuse = (reason: string): DialCheck => ({ ok: false, code: CLOSE_CODES.unknownCall, reason });
