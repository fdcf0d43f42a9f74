import { startService } from '@callplane/service-kit';
import { dispatcherConfig } from './dispatcher.config.ts';
import { DispatcherModule } from './dispatcher.module.ts';

await startService({ app: 'dispatcher', config: dispatcherConfig, module: DispatcherModule });
