import { hintFilter } from '@callplane/contracts';
import { decide, type Fact } from '@callplane/domain';
import type { NatsBus } from '@callplane/messaging';
import type { CallRow, DispatchStore } from '@callplane/persistence';
import { BUS, CONFIG, LOGGER, NODE_ID, WakeLoop } from '@callplane/service-kit';
import { inSpan, type Logger } from '@callplane/telemetry';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { DispatcherConfig } from '../dispatcher.config.ts';
import { DISPATCH_STORE, WORK, type DispatcherWork } from '../work.ts';

const ACCOUNTS_PER_LOOK = 20;
/** How soon a call that found no runner is looked at again. */
const RUNNER_RETRY_MS = 2000;

/**
 * The gate. A hint wakes it, a poll stands behind the hint. At the cap a call waits; without a runner its claim is given back
 * and tried again, so it holds no slot while it waits.
 */
@Injectable()
export class AdmitCallHandler implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly calls: DispatchStore;
  private readonly bus: NatsBus;
  private readonly work: DispatcherWork;
  private readonly config: DispatcherConfig;
  private readonly log: Logger;
  private readonly loop: WakeLoop;

  constructor(
    @Inject(DISPATCH_STORE) calls: DispatchStore,
    @Inject(BUS) bus: NatsBus,
    @Inject(WORK) work: DispatcherWork,
    @Inject(CONFIG) config: DispatcherConfig,
    @Inject(LOGGER) log: Logger,
  ) {
    this.calls = calls;
    this.bus = bus;
    this.work = work;
    this.config = config;
    this.log = log;
    this.loop = new WakeLoop({
      look: () => this.claimAll(),
      pollMs: config.DISPATCH_POLL_MS,
      onError: (error) => log.error({ err: error }, 'gate.failed'),
    });
  }

  onApplicationBootstrap(): void {
    // Hints go to one replica each; another replica's poll is the net when that one is busy or dying.
    for (const hint of ['queued', 'slot-free'] as const) {
      this.bus.subscribe(hintFilter(hint), () => this.loop.wake(), 'dispatcher');
    }
    this.loop.wake();
  }

  onModuleDestroy(): void {
    this.loop.stop();
  }

  private async claimAll(): Promise<void> {
    const claimed = await this.calls.claimReady({
      owner: NODE_ID,
      leaseMs: this.config.DISPATCH_LEASE_MS,
      accounts: ACCOUNTS_PER_LOOK,
      batch: this.config.DISPATCH_BATCH,
      claim: (row, nowMs) => decide(row.snapshot, claimedFact(row, nowMs), nowMs).call,
    });
    for (const row of claimed) {
      void inSpan('admit-call', { call_id: row.id }, () => this.dispatch(row)).catch((error: unknown) => {
        this.log.error({ err: error, call_id: row.id }, 'call.dispatch_failed');
      });
    }
    if (claimed.length === this.config.DISPATCH_BATCH) this.loop.wake();
  }

  /** From the claim to the committed dial intent; dialing itself is an effect of that commit. */
  private async dispatch(row: CallRow): Promise<void> {
    this.work.timers.arm(row.snapshot);
    const assigned = await this.work.assigner.assign(row, false);
    if (!assigned.ok) return this.giveBack(row, assigned.detail);
    const started: Fact = {
      id: `${row.id}:dial-started:${row.fence}`,
      type: 'dial-started',
      at: Date.now(),
      sequence: 0,
    };
    const columns = { dial_intent_at: new Date(started.at), room_name: `call_${row.id}_${row.fence}` };
    await this.work.folder.fold(row.id, started, { fence: row.fence, columns });
  }

  private async giveBack(row: CallRow, detail: string): Promise<void> {
    this.log.info({ call_id: row.id, account_id: row.accountId, detail }, 'call.waits_for_runner');
    const now = Date.now();
    const released: Fact = {
      id: `${row.id}:released:${row.fence}`,
      type: 'claim-released',
      detail,
      at: now,
      sequence: 0,
    };
    const columns = { owner: null, lease_until: null, waiting_for: 'runner', run_at: new Date(now + RUNNER_RETRY_MS) };
    await this.work.folder.fold(row.id, released, { fence: row.fence, columns });
  }
}

const claimedFact = (row: CallRow, nowMs: number): Fact => ({
  id: `${row.id}:claimed:${row.fence + 1}`,
  type: 'call-claimed',
  at: nowMs,
  sequence: 0,
});
