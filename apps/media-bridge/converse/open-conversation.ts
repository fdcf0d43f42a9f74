import type { OpenConversation } from '../live-calls.ts';
import { BridgeCall, type BridgeCallDeps } from './bridge-call.ts';

/** The runner may dial in at once; the room and both speech streams are opened side by side. */
export function createOpenConversation(deps: BridgeCallDeps): OpenConversation {
  return async (order, joinRoom) => {
    const call = new BridgeCall(order, deps);
    call.listenToRunner();
    const joining = joinRoom(call.roomEvents()).then(
      (leg) => {
        call.joined(leg);
        return undefined;
      },
      (error: unknown) => ({ code: 'room_unavailable', message: messageOf(error) }),
    );
    const [roomProblem, speechProblem] = await Promise.all([joining, call.openSpeech()]);
    const problem = roomProblem ?? speechProblem;
    if (problem === undefined) return { ok: true, call };
    await call.discard().catch((error: unknown) => deps.log.warn({ err: error }, 'room.delete_failed'));
    return { ok: false, ...problem };
  };
}

function messageOf(error: unknown): string {
  const { message, cause } = error as { message?: unknown; cause?: unknown };
  const because = cause instanceof Error ? `: ${cause.message}` : '';
  return `${String(message ?? error)}${because}`;
}
