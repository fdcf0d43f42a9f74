import { startBeat, type NatsBus } from '@callplane/messaging';
import { BUS, NODE_ID, READINESS, SHUTDOWN, type Readiness, type Shutdown } from '@callplane/service-kit';
import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { LegDesk } from './leg-desk.ts';

/** The life of the desk: beats for it, says whether it can take a call, lets calls finish on SIGTERM, and ends what is left. */
@Injectable()
export class RunLegs implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly desk: LegDesk;
  private readonly bus: NatsBus;
  private readonly readiness: Readiness;
  private readonly shutdown: Shutdown;
  private stopBeat = (): void => undefined;

  constructor(
    @Inject(LegDesk) desk: LegDesk,
    @Inject(BUS) bus: NatsBus,
    @Inject(READINESS) readiness: Readiness,
    @Inject(SHUTDOWN) shutdown: Shutdown,
  ) {
    this.desk = desk;
    this.bus = bus;
    this.readiness = readiness;
    this.shutdown = shutdown;
  }

  onApplicationBootstrap(): void {
    this.readiness.require('sip_gateway', () => this.desk.problem());
    this.stopBeat = startBeat(this.bus, 'sip-originator', NODE_ID, () => this.desk.held());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.shutdown.waitForCalls(() => this.desk.held());
    await this.desk.close();
  }

  onApplicationShutdown(): void {
    this.stopBeat();
  }
}
