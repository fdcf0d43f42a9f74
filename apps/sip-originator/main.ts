import { startService } from '@callplane/service-kit';
import { sipOriginatorConfig } from './sip-originator.config.ts';
import { SipOriginatorModule } from './sip-originator.module.ts';

await startService({ app: 'sip-originator', config: sipOriginatorConfig, module: SipOriginatorModule });
