import { startService } from '@callplane/service-kit';
import { bridgeConfig } from './media-bridge.config.ts';
import { MediaBridgeModule } from './media-bridge.module.ts';

await startService({ app: 'media-bridge', config: bridgeConfig, module: MediaBridgeModule });
