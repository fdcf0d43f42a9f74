import { hintFilter } from '@callplane/contracts';
import type { EventPublisher, NatsBus } from '@callplane/messaging';
import { DeliveryStore, type DataSource } from '@callplane/persistence';
import { BUS, DATA_SOURCE, EVENTS, LOGGER } from '@callplane/service-kit';
import type { Logger } from '@callplane/telemetry';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';

const BATCH = 200;
const POLL_MS = 1000;

/** Puts recorded events on the event stream. A crash repeats an event, which its id makes harmless, and loses none. */
@Injectable()
export class RelayEventHandler implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly bus: NatsBus;
  private readonly events: EventPublisher;
  private readonly log: Logger;
  private readonly outbox: DeliveryStore;
  private timer: NodeJS.Timeout | undefined;
  private relaying = false;

  constructor(
    @Inject(BUS) bus: NatsBus,
    @Inject(EVENTS) events: EventPublisher,
    @Inject(DATA_SOURCE) db: DataSource,
    @Inject(LOGGER) log: Logger,
  ) {
    this.bus = bus;
    this.events = events;
    this.outbox = new DeliveryStore(db);
    this.log = log;
  }

  onApplicationBootstrap(): void {
    this.bus.subscribe(hintFilter('delivery-due'), () => void this.relay(), 'webhook-notifier-relay');
    this.timer = setInterval(() => void this.relay(), POLL_MS);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async relay(): Promise<void> {
    if (this.relaying) return;
    this.relaying = true;
    try {
      let full = true;
      while (full) {
        const events = await this.outbox.unpublished(BATCH);
        await Promise.all(events.map((event) => this.events.publish(event)));
        if (events.length > 0) await this.outbox.markPublished(events.map((event) => event.id));
        full = events.length === BATCH;
      }
    } catch (error) {
      this.log.warn({ err: error }, 'event.relay_deferred');
    } finally {
      this.relaying = false;
    }
  }
}
