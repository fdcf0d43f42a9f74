import { Module } from '@nestjs/common';

/** The runner control socket, `GET /v1/internal/workers`. */
@Module({})
export class ServeRunnersModule {}
