import { hintFilter } from '@callplane/contracts';
import type { NatsBus } from '@callplane/messaging';
import { DeliveryStore, openSecret, type DataSource, type DueDelivery } from '@callplane/persistence';
import { BUS, CONFIG, DATA_SOURCE, LOGGER, WakeLoop } from '@callplane/service-kit';
import { inSpan, type Logger } from '@callplane/telemetry';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { NotifierConfig } from '../notifier.config.ts';
import { followUp } from './retry-ladder.ts';
import { WebhookSender, type SendResult } from './send-webhook.ts';

const BATCH = 200;
const CONNECTIONS_PER_HOST = 32;
/** Longer than any try may take, so that a delivery is never claimed twice while its sender lives. */
const HOLD_BEYOND_TIMEOUT_MS = 15_000;

/** Takes due deliveries and tries them, bounded per endpoint, so that one that hangs holds up only itself. */
@Injectable()
export class DeliverWebhookHandler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly bus: NatsBus;
  private readonly config: NotifierConfig;
  private readonly log: Logger;
  private readonly deliveries: DeliveryStore;
  private readonly sender: WebhookSender;
  private readonly inFlight = new Map<string, Set<Promise<void>>>();
  private readonly loop: WakeLoop;

  constructor(
    @Inject(BUS) bus: NatsBus,
    @Inject(CONFIG) config: NotifierConfig,
    @Inject(LOGGER) log: Logger,
    @Inject(DATA_SOURCE) db: DataSource,
  ) {
    this.bus = bus;
    this.config = config;
    this.log = log;
    this.deliveries = new DeliveryStore(db);
    this.sender = new WebhookSender({
      loopbackAllowed: config.CALLPLANE_DEV_LOOPBACK_WEBHOOKS === '1',
      timeoutMs: config.WEBHOOK_TIMEOUT_MS,
      connectionsPerHost: CONNECTIONS_PER_HOST,
    });
    this.loop = new WakeLoop({
      look: () => this.takeDue(),
      pollMs: config.WEBHOOK_POLL_MS,
      onError: (error) => log.warn({ err: error }, 'webhook.look_failed'),
    });
  }

  onApplicationBootstrap(): void {
    this.bus.subscribe(hintFilter('delivery-due'), () => this.loop.wake(), 'webhook-notifier');
    this.loop.wake();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.loop.stop();
    const running = [...this.inFlight.values()].flatMap((set) => [...set]);
    await Promise.race([Promise.allSettled(running), new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
    await this.sender.close();
  }

  private async takeDue(): Promise<void> {
    const busy = [...this.inFlight].filter(([, set]) => set.size >= this.config.WEBHOOK_PER_ENDPOINT).map(([id]) => id);
    const holdMs = this.config.WEBHOOK_TIMEOUT_MS + HOLD_BEYOND_TIMEOUT_MS;
    const due = await this.deliveries.claimDue(BATCH, this.config.WEBHOOK_PER_ENDPOINT, holdMs, busy);
    for (const delivery of due) this.start(delivery);
    if (due.length === BATCH) this.loop.wake();
  }

  private start(delivery: DueDelivery): void {
    const running = this.inFlight.get(delivery.endpointId) ?? new Set<Promise<void>>();
    this.inFlight.set(delivery.endpointId, running);
    const attempt = inSpan('deliver-webhook', { call_id: delivery.callId }, () => this.deliver(delivery)).catch(
      (error: unknown) => {
        this.log.error({ err: error, delivery_id: delivery.id }, 'webhook.not_recorded');
      },
    );
    running.add(attempt);
    void attempt.finally(() => {
      running.delete(attempt);
      if (running.size === 0) this.inFlight.delete(delivery.endpointId);
      this.loop.wake();
    });
  }

  private async deliver(delivery: DueDelivery): Promise<void> {
    const startedAt = performance.now();
    const now = new Date();
    const result = await this.post(delivery, now);
    const durationMs = Math.round(performance.now() - startedAt);
    const follows = followUp(result, delivery.attempt, Math.random(), now.getTime());
    await this.deliveries.recordAttempt(delivery, {
      status: result.status,
      error: result.error,
      durationMs,
      ...follows,
    });
    const line = {
      call_id: delivery.callId,
      event_id: delivery.eventId,
      event: delivery.type,
      endpoint_id: delivery.endpointId,
      attempt: delivery.attempt,
      status: result.status,
      error: result.error,
      ms: durationMs,
      next: follows.next,
    };
    this.log.info(line, 'webhook.attempted');
  }

  private async post(delivery: DueDelivery, now: Date): Promise<SendResult> {
    try {
      const secret = openSecret(delivery.secretSealed, this.config.CALLPLANE_SECRET);
      return await this.sender.send({ id: delivery.eventId, url: delivery.url, secret, body: delivery.body }, now);
    } catch (error) {
      return {
        status: null,
        retryAfter: null,
        error: `not sent: ${error instanceof Error ? error.message : String(error)}`,
      };
    }
  }
}
