import { startService } from '@callplane/service-kit';
import { apiConfig } from './api.config.ts';
import { ApiModule } from './api.module.ts';
import { configureHttp, FASTIFY_OPTIONS } from './configure-http.ts';

await startService({
  app: 'api',
  config: apiConfig,
  module: ApiModule,
  fastify: FASTIFY_OPTIONS,
  configure: configureHttp,
});
