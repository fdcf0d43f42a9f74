import { Module } from '@nestjs/common';
import { AuthModule } from './auth.module.ts';
import { RelayBridgeModule } from './relay-bridge/relay-bridge.module.ts';
import { ServeRunnersModule } from './serve-runners/serve-runners.module.ts';

/** The one public origin: REST, runner sockets, bridge sockets, API docs. */
@Module({ imports: [AuthModule, ServeRunnersModule, RelayBridgeModule], exports: [] })
export class ApiModule {}
