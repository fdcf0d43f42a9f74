import { BeatWatcher, type NatsBus } from '@callplane/messaging';
import type { CallRow, DispatchStore, RunnerStore } from '@callplane/persistence';
import { BUS, LOGGER, RUNNER_STORE } from '@callplane/service-kit';
import type { Logger } from '@callplane/telemetry';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { workerLostFact } from '../fact-builders.ts';
import { DISPATCH_STORE, WORK, type DispatcherWork } from '../work.ts';

const LOOK_MS = 1000;
/** A dialled call that no gateway has named itself for after this long was never placed, or its gateway is gone. */
const UNPLACED_MS = 15_000;
/** A node that lives and does not name a call in its beats for this long does not hold it. */
const UNNAMED_MS = 4000;
/** A teardown takes less; what a process still holds after this was left behind. */
const OVERSTAY_MS = 10_000;

/** Compares live rows with the beats of the processes that should hold them, and ends what nobody holds any more. */
@Injectable()
export class ReconcileCallsHandler implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly bus: NatsBus;
  private readonly calls: DispatchStore;
  private readonly runners: RunnerStore;
  private readonly work: DispatcherWork;
  private readonly log: Logger;
  private timer: NodeJS.Timeout | undefined;
  private bridges: BeatWatcher | undefined;
  private gateways: BeatWatcher | undefined;
  private readonly unnamedSince = new Map<string, number>();

  constructor(
    @Inject(BUS) bus: NatsBus,
    @Inject(DISPATCH_STORE) calls: DispatchStore,
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
      const live = await this.calls.liveCalls();
      this.forgetEnded(live);
      for (const row of live) {
        const service = this.lostService(row);
        if (service === undefined) continue;
        this.log.error({ call_id: row.id, service, bridge_node: row.bridgeNode, leg_node: row.legNode }, 'worker.lost');
        await this.work.folder.fold(row.id, workerLostFact(row.id, service, Date.now()));
      }
      await this.releaseEnded();
    } catch (error) {
      this.log.warn({ err: error }, 'reconcile.failed');
    }
  }

  /** A leg or bridge whose call is over: its process opened it too late to be told, or was told and did not hear. */
  private async releaseEnded(): Promise<void> {
    for (const { node, callIds } of this.gateways?.held() ?? []) {
      for (const row of await this.overFor(callIds)) await this.work.ender.releaseLeg(row, node);
    }
    for (const { node, callIds } of this.bridges?.held() ?? []) {
      for (const row of await this.overFor(callIds)) await this.work.ender.releaseBridge(row, node);
    }
  }

  private async overFor(callIds: readonly string[]): Promise<CallRow[]> {
    return this.calls.endedAmong(callIds, OVERSTAY_MS);
  }

  private forgetEnded(live: readonly CallRow[]): void {
    const ids = new Set(live.map((row) => row.id));
    for (const key of this.unnamedSince.keys()) if (!ids.has(key.split(' ')[1] ?? '')) this.unnamedSince.delete(key);
  }

  private lostService(row: CallRow): string | undefined {
    if (this.isLost(this.bridges, row.bridgeNode, row.id)) return 'media-bridge';
    if (this.isLost(this.gateways, row.legNode, row.id)) return 'sip-originator';
    const dialledFor = row.dialIntentAt === null ? 0 : Date.now() - row.dialIntentAt.getTime();
    return row.legNode === null && row.direction === 'outbound' && dialledFor > UNPLACED_MS ? 'dispatcher' : undefined;
  }

  /** The node is dead, or it lives and has not named the call for a while: it was restarted under the same name. */
  private isLost(watcher: BeatWatcher | undefined, node: string | null, callId: string): boolean {
    if (watcher === undefined || node === null) return false;
    if (watcher.isDead(node)) return true;
    const key = `${node} ${callId}`;
    if (watcher.callsOf(node)?.includes(callId) !== false) {
      this.unnamedSince.delete(key);
      return false;
    }
    const since = this.unnamedSince.get(key) ?? Date.now();
    this.unnamedSince.set(key, since);
    return Date.now() - since > UNNAMED_MS;
  }
}
