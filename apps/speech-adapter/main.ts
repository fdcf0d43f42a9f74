import { startService } from '@callplane/service-kit';
import { speechAdapterConfig } from './speech-adapter.config.ts';
import { SpeechAdapterModule } from './speech-adapter.module.ts';

await startService({ app: 'speech-adapter', config: speechAdapterConfig, module: SpeechAdapterModule });
