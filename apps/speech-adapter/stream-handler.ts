import { SPEECH_QUEUE_GROUP, type SpeechRefusal } from '@callplane/contracts';
import type { BusSubscription, NatsBus } from '@callplane/messaging';
import { BUS, CONFIG, LOGGER, SHUTDOWN, type Shutdown } from '@callplane/service-kit';
import type { Logger } from '@callplane/telemetry';
import { Inject, type BeforeApplicationShutdown, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { z } from 'zod';
import type { SpeechAdapterConfig } from './speech-adapter.config.ts';
import type { SpeechProviders } from './speech-providers.ts';
import { StreamDesk } from './stream-desk.ts';
import { PROVIDERS } from './tokens.ts';

/** What both directions share: requests from the queue group, a bounded desk of open streams, a drain that waits for their calls. */
export abstract class StreamHandler<S extends { close(): Promise<void> }>
  implements OnModuleInit, OnModuleDestroy, BeforeApplicationShutdown
{
  protected readonly bus: NatsBus;
  protected readonly providers: SpeechProviders;
  protected readonly log: Logger;
  protected readonly desk: StreamDesk<S>;
  private readonly shutdown: Shutdown;
  private requests: BusSubscription | undefined;

  constructor(
    @Inject(BUS) bus: NatsBus,
    @Inject(PROVIDERS) providers: SpeechProviders,
    @Inject(LOGGER) log: Logger,
    @Inject(SHUTDOWN) shutdown: Shutdown,
    @Inject(CONFIG) config: SpeechAdapterConfig,
  ) {
    this.bus = bus;
    this.providers = providers;
    this.log = log;
    this.shutdown = shutdown;
    this.desk = new StreamDesk(config.SPEECH_MAX_STREAMS, log);
  }

  protected abstract readonly subject: string;

  /** Answers one request. */
  abstract open(raw: unknown): Promise<object>;

  onModuleInit(): void {
    this.requests = this.bus.respond(this.subject, (raw) => this.open(raw), SPEECH_QUEUE_GROUP);
  }

  onModuleDestroy(): void {
    this.requests?.unsubscribe();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.shutdown.waitForCalls(() => this.desk.callIds);
    await this.desk.closeAll();
  }
}

export const malformed = (error: z.ZodError): SpeechRefusal => ({
  ok: false,
  code: 'bad-request',
  message: error.issues[0]?.message ?? 'malformed',
});
