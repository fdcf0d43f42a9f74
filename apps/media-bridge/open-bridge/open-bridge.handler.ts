import type { CommandData, CommandReply } from '@callplane/contracts';
import type { RoomAdmin } from '@callplane/livekit';
import { CONFIG, HandleCommand, NODE_ID, SHUTDOWN, type Shutdown } from '@callplane/service-kit';
import { Controller, Inject } from '@nestjs/common';
import { LIVE_CALLS, OPEN_CONVERSATION, ROOM_ADMIN, type LiveCalls, type OpenConversation } from '../live-calls.ts';
import type { BridgeConfig } from '../media-bridge.config.ts';
import { joinCallRoom } from './join-call-room.ts';

/** Room created, agent participant joined, STT and TTS warm, runner's socket taken. Asking again for a call held here is fine. */
@Controller()
export class OpenBridgeHandler {
  private readonly calls: LiveCalls;
  private readonly openConversation: OpenConversation;
  private readonly rooms: RoomAdmin;
  private readonly config: BridgeConfig;
  private readonly shutdown: Shutdown;

  constructor(
    @Inject(LIVE_CALLS) calls: LiveCalls,
    @Inject(OPEN_CONVERSATION) openConversation: OpenConversation,
    @Inject(ROOM_ADMIN) rooms: RoomAdmin,
    @Inject(CONFIG) config: BridgeConfig,
    @Inject(SHUTDOWN) shutdown: Shutdown,
  ) {
    this.calls = calls;
    this.openConversation = openConversation;
    this.rooms = rooms;
    this.config = config;
    this.shutdown = shutdown;
  }

  @HandleCommand('open-bridge')
  async openBridge(order: CommandData<'open-bridge'>): Promise<CommandReply<'open-bridge'>> {
    if (this.shutdown.stopping) return { ok: false, code: 'stopping', message: 'this media-bridge is stopping' };
    const { LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret } = this.config;
    const opened = await this.calls.open(order.callId, () =>
      this.openConversation(order, (events) =>
        joinCallRoom({ rooms: this.rooms, access: { url, apiKey, apiSecret } }, order, events),
      ),
    );
    if (!opened.ok) return { ok: false, code: opened.code, message: opened.message };
    return { ok: true, node: NODE_ID };
  }
}
