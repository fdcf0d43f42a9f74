import { Controller, Get, Inject, Module, Res, type DynamicModule, type Provider } from '@nestjs/common';
import { READINESS, SHUTDOWN } from './tokens.ts';
import type { Readiness } from './readiness.ts';
import type { Shutdown } from './shutdown.ts';

interface Reply {
  status(code: number): Reply;
  send(body: unknown): void;
}

/** `/healthz`: the process runs. `/readyz`: it may be given work; red while stopping. */
@Controller()
export class HealthController {
  private readonly readiness: Readiness;
  private readonly shutdown: Shutdown;
  constructor(@Inject(READINESS) readiness: Readiness, @Inject(SHUTDOWN) shutdown: Shutdown) {
    this.readiness = readiness;
    this.shutdown = shutdown;
  }

  @Get('healthz')
  health(): { status: string } {
    return { status: 'ok' };
  }

  @Get('readyz')
  async ready(@Res() reply: Reply): Promise<void> {
    const report = await this.readiness.report();
    if (this.shutdown.stopping) reply.status(503).send({ status: 'stopping', missing: {}, hints: {} });
    else reply.status(report.ready ? 200 : 503).send({ status: report.ready ? 'ready' : 'not_ready', ...report });
  }
}

/** Makes the kit's things injectable everywhere in the service. */
@Module({})
export class KitModule {
  static with(providers: Provider[]): DynamicModule {
    return {
      module: KitModule,
      global: true,
      controllers: [HealthController],
      providers,
      exports: providers.map((provider) => (provider as { provide: symbol }).provide),
    };
  }
}
