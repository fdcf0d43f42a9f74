import type { NatsBus } from '@callplane/messaging';
import { RouteStore, type CallStore, type DataSource, type RunnerStore } from '@callplane/persistence';
import {
  BUS,
  CALL_STORE,
  COMMANDS_CLIENT,
  DATA_SOURCE,
  LOGGER,
  RUNNER_STORE,
  type CommandClient,
} from '@callplane/service-kit';
import type { Logger } from '@callplane/telemetry';
import { Module } from '@nestjs/common';
import { AdmitCallHandler } from './admit-call/admit-call.handler.ts';
import { ExpireCallHandler } from './expire-call/expire-call.handler.ts';
import { ReconcileCallsHandler } from './reconcile-calls/reconcile-calls.handler.ts';
import { TrackCallHandler } from './track-call/track-call.handler.ts';
import { WORK, wireDispatcher } from './work.ts';

@Module({
  providers: [
    {
      provide: WORK,
      inject: [CALL_STORE, RUNNER_STORE, DATA_SOURCE, BUS, COMMANDS_CLIENT, LOGGER],
      useFactory: (
        calls: CallStore,
        runners: RunnerStore,
        db: DataSource,
        bus: NatsBus,
        commands: CommandClient,
        log: Logger,
      ) => wireDispatcher({ calls, runners, routes: new RouteStore(db), bus, commands, log }),
    },
    TrackCallHandler,
    ExpireCallHandler,
    ReconcileCallsHandler,
    AdmitCallHandler,
  ],
})
export class DispatcherModule {}
