import type { CallRow, DispatchStore } from '@callplane/persistence';
import type { DeadlineKind, Fact } from '@callplane/domain';
import { CONFIG, LOGGER, NODE_ID } from '@callplane/service-kit';
import type { Logger } from '@callplane/telemetry';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { DispatcherConfig } from '../dispatcher.config.ts';
import { deadlineFact, hangUpFact } from '../fact-builders.ts';
import { DISPATCH_STORE, WORK, type DispatcherWork } from '../work.ts';

const BATCH = 200;

/**
 * The nets under the timers: every sweep looks for passed deadlines, hang-up requests nobody folded, owners that stopped
 * renewing, and teardowns left undone. Leases and deadlines are judged by the database's clock.
 */
@Injectable()
export class ExpireCallHandler implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly calls: DispatchStore;
  private readonly work: DispatcherWork;
  private readonly config: DispatcherConfig;
  private readonly log: Logger;
  private readonly timers: NodeJS.Timeout[] = [];
  private sweeping = false;

  constructor(
    @Inject(DISPATCH_STORE) calls: DispatchStore,
    @Inject(WORK) work: DispatcherWork,
    @Inject(CONFIG) config: DispatcherConfig,
    @Inject(LOGGER) log: Logger,
  ) {
    this.calls = calls;
    this.work = work;
    this.config = config;
    this.log = log;
  }

  onApplicationBootstrap(): void {
    this.work.timers.connect((callId, kind) => void this.expire(callId, kind));
    this.timers.push(setInterval(() => void this.sweep(), this.config.DISPATCH_SWEEP_MS));
    this.timers.push(setInterval(() => void this.renew(), this.config.DISPATCH_LEASE_MS / 3));
  }

  onModuleDestroy(): void {
    for (const timer of this.timers) clearInterval(timer);
    this.work.timers.stop();
  }

  private async expire(callId: string, kind: DeadlineKind): Promise<void> {
    try {
      await this.work.folder.fold(callId, deadlineFact(callId, kind, Date.now()));
    } catch (error) {
      this.log.warn({ err: error, call_id: callId, deadline: kind }, 'deadline.deferred_to_sweeper');
    }
  }

  private async renew(): Promise<void> {
    await this.calls.renewLeases(NODE_ID, this.config.DISPATCH_LEASE_MS).catch((error: unknown) => {
      this.log.warn({ err: error }, 'lease.not_renewed');
    });
  }

  private async sweep(): Promise<void> {
    if (this.sweeping) return;
    this.sweeping = true;
    try {
      for (const row of await this.calls.dueCalls(BATCH)) {
        await this.mend(row).catch((error: unknown) => this.log.error({ err: error, call_id: row.id }, 'sweep.failed'));
      }
    } catch (error) {
      this.log.warn({ err: error }, 'sweep.failed');
    } finally {
      this.sweeping = false;
    }
  }

  private async mend(row: CallRow): Promise<void> {
    const { folder, ender } = this.work;
    if (row.endedAt !== null) return ender.tearDown(row);
    if (row.hangupRequestedAt !== null && row.snapshot.hangupRequestedAt === undefined) {
      await folder.fold(row.id, hangUpFact(row.id, row.hangupRequestedAt));
    }
    const { deadlineAt, deadlineKind } = row.snapshot;
    if (deadlineKind !== undefined && deadlineAt !== undefined && deadlineAt <= Date.now()) {
      await folder.fold(row.id, deadlineFact(row.id, deadlineKind, Date.now()));
    }
    if (row.leaseUntil !== null && row.leaseUntil.getTime() < Date.now()) await this.takeOver(row);
  }

  /** An undialled claim goes back to the queue; a dialled call gets a new owner and is never dialled again. */
  private async takeOver(row: CallRow): Promise<void> {
    const taken = await this.calls.takeOver(row.id, row.fence, NODE_ID, this.config.DISPATCH_LEASE_MS);
    if (taken === undefined) return;
    this.log.warn({ call_id: row.id, from: row.owner, state: row.state }, 'call.taken_over');
    if (row.state === 'queued') {
      const released: Fact = { id: `${row.id}:released:${taken}`, type: 'claim-released', at: Date.now(), sequence: 0 };
      await this.work.folder.fold(row.id, released, {
        fence: taken,
        columns: { owner: null, lease_until: null, worker_id: null, job_id: null },
      });
      return;
    }
    this.work.timers.arm(row.snapshot);
  }
}
