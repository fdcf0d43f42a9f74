import { BeatWatcher, type NatsBus } from '@callplane/messaging';
import type { CallRow, CallStore, RunnerStore } from '@callplane/persistence';
import { BUS, CALL_STORE, LOGGER, RUNNER_STORE } from '@callplane/service-kit';
import type { Logger } from '@callplane/telemetry';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { workerLostFact } from '../fact-builders.ts';
import { WORK, type DispatcherWork } from '../work.ts';

const LOOK_MS = 1000;
/** A dialled call that no gateway has named itself for after this long was never placed, or its gateway is gone. */
const UNPLACED_MS = 15_000;

/** Compares live rows with the beats of the processes that should hold them, and ends what nobody holds any more. */
@Injectable()
export class ReconcileCallsHandler implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly bus: NatsBus;
  private readonly calls: CallStore;
  private readonly runners: RunnerStore;
  private readonly work: DispatcherWork;
  private readonly log: Logger;
  private timer: NodeJS.Timeout | undefined;
  private bridges: BeatWatcher | undefined;
  private gateways: BeatWatcher | undefined;

  constructor(
    @Inject(BUS) bus: NatsBus,
    @Inject(CALL_STORE) calls: CallStore,
    @Inject(RUNNER_STORE) runners: RunnerStore,
    @Inject(WORK) work: DispatcherWork,
    @Inject(LOGGER) log: Logger,
  ) {
    this.bus = bus;
    this.calls = calls;
    this.runners = runners;
    this.work = work;
    this.log = log;
  }

  onApplicationBootstrap(): void {
    this.bridges = new BeatWatcher(this.bus, 'media-bridge');
    this.gateways = new BeatWatcher(this.bus, 'sip-originator');
    this.timer = setInterval(() => void this.look(), LOOK_MS);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    this.bridges?.stop();
    this.gateways?.stop();
  }

  private async look(): Promise<void> {
    try {
      await this.runners.forgetSilent();
      for (const row of await this.calls.liveCalls()) {
        const service = this.lostService(row);
        if (service === undefined) continue;
        this.log.error({ call_id: row.id, service, bridge_node: row.bridgeNode, leg_node: row.legNode }, 'worker.lost');
        await this.work.folder.fold(row.id, workerLostFact(row.id, service, Date.now()));
      }
    } catch (error) {
      this.log.warn({ err: error }, 'reconcile.failed');
    }
  }

  private lostService(row: CallRow): string | undefined {
    if (row.bridgeNode !== null && this.bridges?.isDead(row.bridgeNode) === true) return 'media-bridge';
    if (row.legNode !== null && this.gateways?.isDead(row.legNode) === true) return 'sip-originator';
    const dialledFor = row.dialIntentAt === null ? 0 : Date.now() - row.dialIntentAt.getTime();
    return row.legNode === null && row.direction === 'outbound' && dialledFor > UNPLACED_MS ? 'dispatcher' : undefined;
  }
}
