import { createRoomAdmin, type RoomAdmin } from '@callplane/livekit';
import type { FactPublisher, NatsBus } from '@callplane/messaging';
import type { TranscriptStore } from '@callplane/persistence';
import {
  BUS,
  CONFIG,
  FACTS,
  LOGGER,
  NODE_ID,
  READINESS,
  TRANSCRIPT_STORE,
  type Readiness,
} from '@callplane/service-kit';
import type { Logger } from '@callplane/telemetry';
import { Module } from '@nestjs/common';
import { CloseBridgeHandler } from './close-bridge/close-bridge.handler.ts';
import { DeleteRoomHandler } from './close-bridge/delete-room.handler.ts';
import { createOpenConversation } from './converse/open-conversation.ts';
import { StartConversationHandler } from './converse/start-conversation.handler.ts';
import { CallHolder } from './hold-calls.ts';
import { LIVE_CALLS, LiveCalls, OPEN_CONVERSATION, ROOM_ADMIN, type OpenConversation } from './live-calls.ts';
import type { BridgeConfig } from './media-bridge.config.ts';
import { OpenBridgeHandler } from './open-bridge/open-bridge.handler.ts';
import { ReadBridgeHandler } from './read-bridge/read-bridge.handler.ts';

function roomAdmin(config: BridgeConfig, readiness: Readiness): RoomAdmin {
  const { LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret } = config;
  const rooms = createRoomAdmin({ url, apiKey, apiSecret });
  readiness.require('livekit', async () => {
    await rooms.roomExists('readiness');
    return null;
  });
  return rooms;
}

function openConversation(
  bus: NatsBus,
  facts: FactPublisher,
  transcripts: TranscriptStore,
  rooms: RoomAdmin,
  log: Logger,
): OpenConversation {
  const publishFact = (fact: Parameters<FactPublisher['publish']>[0]): void => void facts.publish(fact);
  return createOpenConversation({ bus, publishFact, transcripts, rooms, node: NODE_ID, log });
}

/** One process that speaks and listens for many calls. */
@Module({
  controllers: [OpenBridgeHandler, StartConversationHandler, CloseBridgeHandler, DeleteRoomHandler, ReadBridgeHandler],
  providers: [
    CallHolder,
    { provide: LIVE_CALLS, useFactory: () => new LiveCalls() },
    { provide: ROOM_ADMIN, inject: [CONFIG, READINESS], useFactory: roomAdmin },
    {
      provide: OPEN_CONVERSATION,
      inject: [BUS, FACTS, TRANSCRIPT_STORE, ROOM_ADMIN, LOGGER],
      useFactory: openConversation,
    },
  ],
})
export class MediaBridgeModule {}
