import type { NatsBus } from '@callplane/messaging';
import type { CallStore } from '@callplane/persistence';
import { BUS, CALL_STORE, CONFIG, LOGGER, SHUTDOWN, type Shutdown } from '@callplane/service-kit';
import type { Logger } from '@callplane/telemetry';
import { Module } from '@nestjs/common';
import type { ApiConfig } from '../api.config.ts';
import { SocketServer, SocketServerModule } from '../socket-server.ts';
import { RelayGateway } from './relay.gateway.ts';

const gateway = {
  provide: RelayGateway,
  inject: [SocketServer, BUS, CALL_STORE, CONFIG, SHUTDOWN, LOGGER],
  useFactory: (
    server: SocketServer,
    bus: NatsBus,
    calls: CallStore,
    config: ApiConfig,
    shutdown: Shutdown,
    log: Logger,
  ) => new RelayGateway({ server, bus, calls, config, shutdown, log }),
};

/** The bridge sockets, `GET /v1/bridge/:callId`. */
@Module({ imports: [SocketServerModule], providers: [gateway] })
export class RelayBridgeModule {}
