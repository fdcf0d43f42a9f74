import { CONFIG, READINESS, type Readiness } from '@callplane/service-kit';
import { Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HearCallerHandler } from './hear-caller/hear-caller.handler.ts';
import { SpeakToCallerHandler } from './speak-to-caller/speak-to-caller.handler.ts';
import { createSpeechProviders, type SpeechProviders } from './speech-providers.ts';
import { PROVIDERS } from './tokens.ts';

@Module({
  providers: [
    { provide: PROVIDERS, inject: [CONFIG], useFactory: createSpeechProviders },
    HearCallerHandler,
    SpeakToCallerHandler,
  ],
})
export class SpeechAdapterModule implements OnModuleInit, OnApplicationShutdown {
  private readonly providers: SpeechProviders;
  private readonly readiness: Readiness;

  constructor(@Inject(PROVIDERS) providers: SpeechProviders, @Inject(READINESS) readiness: Readiness) {
    this.providers = providers;
    this.readiness = readiness;
  }

  /** The platform works with other providers too, so a missing local engine is a hint, not a reason to be unready. */
  onModuleInit(): void {
    this.readiness.hint('local-speech', async () => {
      const missing = await this.providers.missingParts();
      return missing.length === 0 ? null : missing.map((part) => part.sentence).join(' ');
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.providers.close();
  }
}
