import {
  attachReplySchema,
  attachSubject,
  CLOSE_CODES,
  type AttachReply,
  type AttachRequest,
} from '@callplane/contracts';
import { NoResponderError, type NatsBus } from '@callplane/messaging';
import type { CallStore } from '@callplane/persistence';
import { setTimeout as delay } from 'node:timers/promises';

/** The runner gives up its handshake after 10 s. */
const ATTACH_WITHIN_MS = 8000;
const ASK_EVERY_MS = 100;
const ANSWER_WITHIN_MS = 2000;
const LOOK_EVERY_MS = 1000;

/**
 * Offers a runner's fresh socket to the bridge of its call. The runner dials as soon as it has the job, so the bridge may still be
 * opening: asked again until it is there, the call is over, or `wanted` says that the socket is gone.
 */
export async function attachRunner(
  deps: { bus: NatsBus; calls: CallStore },
  callId: string,
  request: AttachRequest,
  wanted: () => boolean,
): Promise<AttachReply> {
  const startedAt = performance.now();
  let lookAt = startedAt + LOOK_EVERY_MS;
  while (wanted() && performance.now() - startedAt < ATTACH_WITHIN_MS) {
    const reply = await ask(deps.bus, callId, request);
    if (reply !== undefined) return reply;
    if (performance.now() >= lookAt) {
      lookAt += LOOK_EVERY_MS;
      const call = await deps.calls.callById(callId);
      if (call?.endedAt !== null)
        return { ok: false, code: CLOSE_CODES.unknownCall, reason: `the call has ended: ${call?.endReason}` };
    }
    await delay(ASK_EVERY_MS);
  }
  return { ok: false, code: 1013, reason: 'the bridge of this call did not answer in time' };
}

/** Undefined when nobody answers yet. A request whose answer got lost is repeated with the same connection id. */
async function ask(bus: NatsBus, callId: string, request: AttachRequest): Promise<AttachReply | undefined> {
  try {
    return attachReplySchema.parse(await bus.request(attachSubject(callId), request, ANSWER_WITHIN_MS));
  } catch (error) {
    if (error instanceof NoResponderError) return undefined;
    if (error instanceof Error && error.name === 'TimeoutError') return undefined;
    throw error;
  }
}
