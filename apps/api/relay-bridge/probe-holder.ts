import { holderSubject } from '@callplane/contracts';
import type { BusSubscription, NatsBus } from '@callplane/messaging';
import type { WebSocket } from 'ws';

/** A peer that is there answers a ping at once. */
const PONG_WITHIN_MS = 1000;
const ANSWER_WITHIN_MS = 1500;

/** Lets other api processes ask whether this connection's runner is still there. */
export function answerProbes(bus: NatsBus, connectionId: string, socket: WebSocket): BusSubscription {
  return bus.respond(holderSubject(connectionId), async () => ({ alive: await answersPing(socket) }));
}

/** False when no process holds the connection any more, or its runner does not answer. */
export async function isHolderAlive(bus: NatsBus, connectionId: string): Promise<boolean> {
  try {
    const reply = await bus.request(holderSubject(connectionId), {}, ANSWER_WITHIN_MS);
    return (reply as { alive?: unknown }).alive === true;
  } catch {
    // Nobody answers, or not in time: a process that lives would have.
    return false;
  }
}

/** A runner that is gone without a word is cut off, which tells its bridge. */
function answersPing(socket: WebSocket): Promise<boolean> {
  if (socket.readyState !== socket.OPEN) return Promise.resolve(false);
  return new Promise((resolve) => {
    const late = setTimeout(() => {
      socket.terminate();
      resolve(false);
    }, PONG_WITHIN_MS);
    socket.once('pong', () => {
      clearTimeout(late);
      resolve(true);
    });
    socket.ping();
  });
}
