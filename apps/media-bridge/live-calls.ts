import type { CommandData } from '@callplane/contracts';
import type { RoomLeg, RoomLegEvents } from '@callplane/livekit';

/** How a call ended, as the dispatcher committed it. */
export interface CallEnd {
  readonly status: 'completed' | 'failed';
  readonly endReason: string;
}

/** One call this process speaks and listens for. */
export interface LiveCall {
  readonly callId: string;
  readonly roomName: string;
  /** Both sides are there: held speech plays, the caller is listened to. Idempotent. */
  start(activeAt: number): void;
  /** Says good-bye to the runner, flushes the transcript, leaves the room. Idempotent: every caller waits for the one ending. */
  close(end: CallEnd): Promise<void>;
  /** This process goes down with the call alive: reports it lost, so that the dispatcher ends it. */
  reportLost(detail: string): void;
}

/** Joins the call's room; what happens there is told to `events`. */
export type JoinCallRoom = (events: RoomLegEvents) => Promise<RoomLeg>;

/** A call that was opened, or one sentence on why its speech could not be. */
export type Opened = { ok: true; call: LiveCall } | { ok: false; code: string; message: string };

/** Opens a call's conversation: runner link, speech streams and room, side by side. Leaves nothing open when it fails. */
export type OpenConversation = (order: CommandData<'open-bridge'>, joinRoom: JoinCallRoom) => Promise<Opened>;
export const OPEN_CONVERSATION = Symbol('open-conversation');

/** The calls this process holds, by call id; a call is here from the first step of its opening to the last of its closing. */
export class LiveCalls {
  private readonly calls = new Map<string, Promise<Opened>>();

  /** Runs `open` once a call, however often it is asked for; a failed opening may be tried again. */
  open(callId: string, open: () => Promise<Opened>): Promise<Opened> {
    const known = this.calls.get(callId);
    if (known !== undefined) return known;
    const opening = open();
    this.calls.set(callId, opening);
    opening.then(
      (opened) => {
        if (!opened.ok) this.calls.delete(callId);
      },
      () => this.calls.delete(callId),
    );
    return opening;
  }

  /** Waits for an opening that is still under way; undefined when the call is not here. */
  async find(callId: string): Promise<LiveCall | undefined> {
    const opened = await this.calls.get(callId)?.catch(() => undefined);
    return opened?.ok === true ? opened.call : undefined;
  }

  remove(callId: string): void {
    this.calls.delete(callId);
  }

  ids(): string[] {
    return [...this.calls.keys()];
  }
}
export const LIVE_CALLS = Symbol('live-calls');

export const ROOM_ADMIN = Symbol('room-admin');
