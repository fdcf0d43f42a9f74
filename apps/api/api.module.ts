import { Module } from '@nestjs/common';
import { AuthModule } from './auth.module.ts';
import { CancelCallController } from './cancel-call/cancel-call.controller.ts';
import { DialPlans } from './dial-plans.ts';
import { ManageAccountController } from './manage-account/manage-account.controller.ts';
import { ManageAgentsController } from './manage-agents/manage-agents.controller.ts';
import { ManageNumbersController } from './manage-numbers/manage-numbers.controller.ts';
import { ManagePipesController } from './manage-pipes/manage-pipes.controller.ts';
import { ManageVoiceProfilesController } from './manage-voice-profiles/manage-voice-profiles.controller.ts';
import { ManageWebhooksController } from './manage-webhooks/manage-webhooks.controller.ts';
import { STORE_PROVIDERS } from './open-stores.ts';
import { ReadCallController } from './read-call/read-call.controller.ts';
import { ReadSessionController } from './read-call/read-session.controller.ts';
import { RelayBridgeModule } from './relay-bridge/relay-bridge.module.ts';
import { RequestCallController } from './request-call/request-call.controller.ts';
import { SendHints } from './send-hints.ts';
import { ServeRunnersModule } from './serve-runners/serve-runners.module.ts';

/** The one public origin: REST, runner sockets, bridge sockets, API docs. */
@Module({
  imports: [AuthModule, ServeRunnersModule, RelayBridgeModule],
  controllers: [
    RequestCallController,
    ReadCallController,
    ReadSessionController,
    CancelCallController,
    ManageAgentsController,
    ManagePipesController,
    ManageNumbersController,
    ManageVoiceProfilesController,
    ManageWebhooksController,
    ManageAccountController,
  ],
  providers: [...STORE_PROVIDERS, DialPlans, SendHints],
})
export class ApiModule {}
