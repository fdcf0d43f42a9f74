import type { RoomAdmin } from '@callplane/livekit';

const TRIES = 3;
const RETRY_MS = 200;

/** Deletes the room and looks whether it is gone. Rejects when it is not, or LiveKit is away, after three tries. */
export async function deleteRoomForSure(rooms: RoomAdmin, roomName: string): Promise<void> {
  let problem: unknown;
  for (let tries = 1; tries <= TRIES; tries += 1) {
    try {
      await rooms.deleteRoom(roomName);
      if (!(await rooms.roomExists(roomName))) return;
    } catch (error) {
      problem = error;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  throw new Error(`room ${roomName} could not be deleted`, { cause: problem });
}
