import { FACT_CONSUMER, FACT_STREAM, hintFilter, readFact } from '@callplane/contracts';
import type { Fact } from '@callplane/domain';
import {
  consumeStream,
  type Consumption,
  type HandlerOutcome,
  type NatsBus,
  type NatsConnection,
} from '@callplane/messaging';
import type { DispatchStore } from '@callplane/persistence';
import { BUS, LOGGER, NATS_CONNECTION } from '@callplane/service-kit';
import type { Logger } from '@callplane/telemetry';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { hangUpFact } from '../fact-builders.ts';
import { DISPATCH_STORE, WORK, type DispatcherWork } from '../work.ts';

const CONCURRENT_CALLS = 64;

/** Takes facts off the stream, hang-up requests off their hint, and folds each into its call. */
@Injectable()
export class TrackCallHandler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly nc: NatsConnection;
  private readonly bus: NatsBus;
  private readonly work: DispatcherWork;
  private readonly calls: DispatchStore;
  private readonly log: Logger;
  private consumption: Consumption | undefined;

  constructor(
    @Inject(NATS_CONNECTION) nc: NatsConnection,
    @Inject(BUS) bus: NatsBus,
    @Inject(WORK) work: DispatcherWork,
    @Inject(DISPATCH_STORE) calls: DispatchStore,
    @Inject(LOGGER) log: Logger,
  ) {
    this.nc = nc;
    this.bus = bus;
    this.work = work;
    this.calls = calls;
    this.log = log;
  }

  onApplicationBootstrap(): void {
    this.bus.subscribeJson(hintFilter('hang-up'), (hint) => void this.hangUp(hint), 'dispatcher');
    this.consumption = consumeStream(this.nc, {
      stream: FACT_STREAM,
      durable: FACT_CONSUMER,
      concurrency: CONCURRENT_CALLS,
      keyOf: (subject) => subject.split('.').at(-1) ?? subject,
      handle: (message) => this.track(message.data),
      onError: (error, subject) => this.log.error({ err: error, subject }, 'fact.failed'),
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.consumption?.stop();
  }

  private async track(data: unknown): Promise<HandlerOutcome> {
    const read = readFact(data);
    if (!read.ok) return { outcome: 'dead', why: read.why };
    const result = await this.work.folder.fold(read.callId, read.fact as unknown as Fact);
    switch (result.verdict) {
      case 'applied':
      case 'late':
      case 'lost':
        return { outcome: 'done' };
      case 'illegal':
        return { outcome: 'dead', why: `${read.fact.type} is illegal for the state of ${read.callId}` };
      case 'unknown':
        return { outcome: 'dead', why: `there is no call ${read.callId}` };
    }
  }

  /** The request is committed on the row; this is only quicker than the sweeper. */
  private async hangUp(hint: unknown): Promise<void> {
    const { callId } = hint as { callId?: string };
    if (callId === undefined) return;
    try {
      const at = await this.calls.hangUpRequestedAt(callId);
      if (at !== undefined) await this.work.folder.fold(callId, hangUpFact(callId, at));
    } catch (error) {
      this.log.warn({ err: error, call_id: callId }, 'hang-up.deferred_to_sweeper');
    }
  }
}
