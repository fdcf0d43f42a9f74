import { CLOSE_CODES } from '@callplane/contracts';
import { visibleStatus } from '@callplane/domain';
import { startBeat, type NatsBus } from '@callplane/messaging';
import type { CallStore } from '@callplane/persistence';
import { NODE_ID, type Shutdown } from '@callplane/service-kit';
import type { Logger } from '@callplane/telemetry';
import { setTimeout as delay } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import type { BeforeApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { ApiConfig } from '../api.config.ts';
import { closeAll, type Accepted, type SocketServer } from '../socket-server.ts';
import { RunnerLink } from './runner-link.ts';

const LOOK_EVERY_MS = 2000;
/** The bridge closes the runner's socket within moments of the end; after this it is not going to. */
const BRIDGE_CLOSES_WITHIN_MS = 5000;
const LAST_WORDS_MS = 1000;

export interface RelayDeps {
  server: SocketServer;
  bus: NatsBus;
  calls: CallStore;
  config: ApiConfig;
  shutdown: Shutdown;
  log: Logger;
}

/** `GET /v1/bridge/:callId?token=`: one socket for each call, from its runner to its bridge wherever that runs. */
export class RelayGateway implements OnModuleInit, BeforeApplicationShutdown {
  private readonly links = new Set<RunnerLink>();
  private readonly deps: RelayDeps;
  private looking: NodeJS.Timeout | undefined;
  private stopBeat: (() => void) | undefined;

  constructor(deps: RelayDeps) {
    this.deps = deps;
  }

  onModuleInit(): void {
    this.deps.server.route('/v1/bridge/', (socket, accepted) => this.accept(socket, accepted));
    this.looking = setInterval(() => void this.endSilentCalls(), LOOK_EVERY_MS);
    this.stopBeat = startBeat(this.deps.bus, 'api', NODE_ID, () => this.heldCalls());
  }

  /** A drain lets live calls finish; a stop gives their bridges a moment for the last frame. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.deps.shutdown.waitForCalls(() => this.heldCalls());
    const until = performance.now() + LAST_WORDS_MS;
    while (this.links.size > 0 && performance.now() < until) await delay(20);
    clearInterval(this.looking);
    await closeAll(this.sockets(), CLOSE_CODES.restarting, 'this process is stopping');
    this.stopBeat?.();
  }

  private accept(socket: WebSocket, { rest, query }: Accepted): void {
    const { bus, calls, config, log } = this.deps;
    const deps = { bus, calls, secret: config.CALLPLANE_SECRET, log };
    const link = new RunnerLink(socket, rest, query.get('token') ?? '', deps);
    this.links.add(link);
    socket.on('close', () => this.links.delete(link));
  }

  /** The net behind the bridge's close order: a runner never waits on a call that is over. */
  private async endSilentCalls(): Promise<void> {
    try {
      const ended = await this.deps.calls.endedAmong(this.heldCalls(), BRIDGE_CLOSES_WITHIN_MS);
      for (const call of ended) {
        for (const link of this.links) {
          if (link.callId === call.id) link.endCall(visibleStatus(call.state), call.endReason ?? 'ended');
        }
      }
    } catch (error) {
      this.deps.log.warn({ err: error }, 'relay.sweep_failed');
    }
  }

  private heldCalls(): string[] {
    return [...new Set([...this.links].map((link) => link.callId))];
  }

  private sockets(): WebSocket[] {
    return [...this.links].map((link) => link.socket);
  }
}
