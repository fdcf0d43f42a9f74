import { HEAR_CALLER_SUBJECT, HearCallerRequest, SPEECH_QUEUE_GROUP, type HearCallerReply } from '@callplane/contracts';
import type { BusSubscription, NatsBus } from '@callplane/messaging';
import { BUS, CONFIG, LOGGER, NODE_ID, SHUTDOWN, type Shutdown } from '@callplane/service-kit';
import type { Logger } from '@callplane/telemetry';
import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import type { SpeechAdapterConfig } from '../speech-adapter.config.ts';
import type { SpeechProviders } from '../speech-providers.ts';
import { StreamDesk } from '../stream-desk.ts';
import { PROVIDERS } from '../tokens.ts';
import { HearStream } from './hear-stream.ts';

/** Opens speech-to-text streams on request. */
@Injectable()
export class HearCallerHandler implements OnModuleInit, OnModuleDestroy, BeforeApplicationShutdown {
  private readonly bus: NatsBus;
  private readonly providers: SpeechProviders;
  private readonly log: Logger;
  private readonly shutdown: Shutdown;
  private readonly desk: StreamDesk<HearStream>;
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

  onModuleInit(): void {
    this.requests = this.bus.respond(HEAR_CALLER_SUBJECT, (raw) => this.open(raw), SPEECH_QUEUE_GROUP);
  }

  onModuleDestroy(): void {
    this.requests?.unsubscribe();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.shutdown.waitForCalls(() => this.desk.callIds);
    await this.desk.closeAll();
  }

  /** Answers one request. */
  async open(raw: unknown): Promise<HearCallerReply> {
    const parsed = HearCallerRequest.safeParse(raw);
    if (!parsed.success)
      return { ok: false, code: 'bad-request', message: parsed.error.issues[0]?.message ?? 'malformed' };
    const request = parsed.data;
    const { language, hints, hangoverMs } = request;
    const opened = await this.desk.open(request, async (onClosed) => {
      const stt = await this.providers.stt(request.provider).open({
        format: { encoding: 'pcm_s16le', sampleRate: request.sampleRate },
        language,
        ...(hints === undefined ? {} : { hints }),
        ...(hangoverMs === undefined ? {} : { hangoverMs }),
        signal: new AbortController().signal,
      });
      return new HearStream(stt, { bus: this.bus, worker: NODE_ID, request, log: this.log, onClosed });
    });
    if (!(opened instanceof HearStream)) return opened;
    return { ok: true, worker: NODE_ID, audioSubject: opened.audioSubject, controlSubject: opened.controlSubject };
  }
}
