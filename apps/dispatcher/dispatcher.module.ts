import type { NatsBus } from '@callplane/messaging';
import { DispatchStore, RouteStore, type DataSource, type RunnerStore } from '@callplane/persistence';
import { BUS, COMMANDS_CLIENT, DATA_SOURCE, LOGGER, RUNNER_STORE, type CommandClient } from '@callplane/service-kit';
import type { Logger } from '@callplane/telemetry';
import { Module } from '@nestjs/common';
import { AdmitCallHandler } from './admit-call/admit-call.handler.ts';
import { ExpireCallHandler } from './expire-call/expire-call.handler.ts';
import { ReconcileCallsHandler } from './reconcile-calls/reconcile-calls.handler.ts';
import { TrackCallHandler } from './track-call/track-call.handler.ts';
import { DISPATCH_STORE, WORK, wireDispatcher } from './work.ts';

@Module({
  providers: [
    { provide: DISPATCH_STORE, inject: [DATA_SOURCE], useFactory: (db: DataSource) => new DispatchStore(db) },
    {
      provide: WORK,
      inject: [DISPATCH_STORE, RUNNER_STORE, DATA_SOURCE, BUS, COMMANDS_CLIENT, LOGGER],
      useFactory: (
        calls: DispatchStore,
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
