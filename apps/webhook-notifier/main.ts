import { startService } from '@callplane/service-kit';
import { notifierConfig } from './notifier.config.ts';
import { NotifierModule } from './notifier.module.ts';

await startService({ app: 'webhook-notifier', config: notifierConfig, module: NotifierModule });
