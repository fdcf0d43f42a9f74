import { CLOSE_CODES } from '@callplane/contracts';
import { LOGGER, SHUTDOWN, type Shutdown } from '@callplane/service-kit';
import type { Logger } from '@callplane/telemetry';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { WebSocket } from 'ws';
import { Authenticator } from '../authenticate.ts';
import { closeAll, closeSocket, SocketServer, type Accepted } from '../socket-server.ts';
import { RunnerConnection } from './runner-connection.ts';
import { RunnerRegistry } from './runner-registry.ts';

const SWEEP_EVERY_MS = 10_000;

/** `GET /v1/internal/workers`: where runners register and wait for jobs. */
@Injectable()
export class RunnerGateway implements OnModuleInit, OnModuleDestroy {
  private readonly sockets = new Set<WebSocket>();
  private readonly server: SocketServer;
  private readonly registry: RunnerRegistry;
  private readonly auth: Authenticator;
  private readonly shutdown: Shutdown;
  private readonly log: Logger;
  private sweeping: NodeJS.Timeout | undefined;

  constructor(
    @Inject(SocketServer) server: SocketServer,
    @Inject(RunnerRegistry) registry: RunnerRegistry,
    @Inject(Authenticator) auth: Authenticator,
    @Inject(SHUTDOWN) shutdown: Shutdown,
    @Inject(LOGGER) log: Logger,
  ) {
    this.server = server;
    this.registry = registry;
    this.auth = auth;
    this.shutdown = shutdown;
    this.log = log;
  }

  onModuleInit(): void {
    this.server.route('/v1/internal/workers', (socket, accepted) => this.accept(socket, accepted));
    this.sweeping = setInterval(() => void this.sweep(), SWEEP_EVERY_MS);
  }

  /** First of all in a shutdown: runners go to another process at once, their calls stay on the bridge sockets. */
  async onModuleDestroy(): Promise<void> {
    clearInterval(this.sweeping);
    await closeAll(this.sockets, CLOSE_CODES.restarting, 'this process is stopping, connect again');
    await this.registry.settled();
  }

  private accept(socket: WebSocket, { request }: Accepted): void {
    if (this.shutdown.stopping)
      return closeSocket(socket, CLOSE_CODES.restarting, 'this process is stopping, connect again');
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    new RunnerConnection(socket, request, { auth: this.auth, registry: this.registry, log: this.log });
  }

  private async sweep(): Promise<void> {
    try {
      const forgotten = await this.registry.forgetSilent();
      if (forgotten > 0) this.log.info({ forgotten }, 'runner.silent_forgotten');
    } catch (error) {
      this.log.warn({ err: error }, 'runner.sweep_failed');
    }
  }
}
