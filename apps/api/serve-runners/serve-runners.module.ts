import { Module } from '@nestjs/common';
import { SocketServerModule } from '../socket-server.ts';
import { AssignRunnerHandler } from './assign-runner.handler.ts';
import { RunnerRegistry } from './runner-registry.ts';
import { RunnerGateway } from './runner.gateway.ts';

/** The runner control socket, `GET /v1/internal/workers`. */
@Module({
  imports: [SocketServerModule],
  controllers: [AssignRunnerHandler],
  providers: [RunnerRegistry, RunnerGateway],
})
export class ServeRunnersModule {}
