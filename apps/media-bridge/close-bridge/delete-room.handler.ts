import type { CommandData, CommandReply } from '@callplane/contracts';
import type { RoomAdmin } from '@callplane/livekit';
import { HandleCommand } from '@callplane/service-kit';
import { Controller, Inject } from '@nestjs/common';
import { deleteRoomForSure } from '../delete-room-for-sure.ts';
import { ROOM_ADMIN } from '../live-calls.ts';

/** Removes a room whose bridge is gone; any replica can. */
@Controller()
export class DeleteRoomHandler {
  private readonly rooms: RoomAdmin;
  constructor(@Inject(ROOM_ADMIN) rooms: RoomAdmin) {
    this.rooms = rooms;
  }

  @HandleCommand('delete-room')
  async deleteRoom(order: CommandData<'delete-room'>): Promise<CommandReply<'delete-room'>> {
    await deleteRoomForSure(this.rooms, order.roomName);
    return { ok: true };
  }
}
