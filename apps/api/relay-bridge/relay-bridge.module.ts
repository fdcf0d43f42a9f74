import { Module } from '@nestjs/common';

/** The bridge sockets, `GET /v1/bridge/:callId`. */
@Module({})
export class RelayBridgeModule {}
