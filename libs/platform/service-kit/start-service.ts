import 'reflect-metadata';
import { ConfigError, readConfig, type SharedConfig } from '@callplane/config';
import { createLogger, startTelemetry, type Logger } from '@callplane/telemetry';
import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Transport } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { z } from 'zod';
import { checkCommandHandlers, NODE_ID } from './handle-command.ts';
import { KitModule } from './kit.module.ts';
import { NestLogger } from './nest-logger.ts';
import { openResources, type Resources } from './open-resources.ts';
import { Shutdown } from './shutdown.ts';

export interface ServiceDefinition<S extends z.ZodType<SharedConfig>> {
  app: string;
  config: S;
  /** The app's own module; everything of the kit is injectable in it. */
  module: Type<unknown> | ((config: z.infer<S>) => DynamicModule);
  /** Called before the HTTP server listens: parsers, hooks, WebSocket adapters, API docs. */
  configure?: (nest: NestFastifyApplication, config: z.infer<S>, log: Logger) => Promise<void> | void;
  /** Fastify's own options; the default body limit is 64 kB. */
  fastify?: Record<string, unknown>;
  /** ms that live calls may go on after SIGTERM. Default one hour. */
  drainLimitMs?: number;
}

@Module({})
class ServiceModule {}

/** A service that is up. */
export interface RunningService {
  nest: NestFastifyApplication;
  /** Base URL of the HTTP server. */
  url: string;
  log: Logger;
  /** Stops in order: handlers and sockets, then NATS and the database, then telemetry. */
  stop(signal: 'SIGTERM' | 'SIGINT'): Promise<void>;
  readonly stopping: boolean;
}

/** Brings one service up: telemetry, database, NATS, HTTP with health, commands. @throws when something it needs is not there. */
export async function openService<S extends z.ZodType<SharedConfig>>(
  definition: ServiceDefinition<S>,
  config: z.infer<S> & SharedConfig,
): Promise<RunningService> {
  const log = createLogger(definition.app, NODE_ID, config.LOG_LEVEL);
  const telemetry = startTelemetry(definition.app, NODE_ID, config.OTEL_EXPORTER_OTLP_ENDPOINT);
  const shutdown = new Shutdown(log, definition.drainLimitMs ?? 3_600_000);
  checkCommandHandlers(definition.app, log);
  const resources = await openResources(definition.app, config, log, shutdown);
  const nest = await createNest(definition, config, log, resources);
  await definition.configure?.(nest, config, log);
  await nest.startAllMicroservices();
  await nest.listen(config.PORT, config.HOST);
  const url = await nest.getUrl();
  log.info({ url }, 'service.started');
  return {
    nest,
    url,
    log,
    stop: async (signal) => {
      shutdown.begin(signal);
      await nest.close();
      await resources.close();
      await telemetry.stop();
    },
    get stopping() {
      return shutdown.stopping;
    },
  };
}

/** A service's `main`: reads the environment, opens the service, obeys signals. Exit code 78 = the configuration is not usable. */
export async function startService<S extends z.ZodType<SharedConfig>>(definition: ServiceDefinition<S>): Promise<void> {
  const config = configOrExit(definition);
  try {
    stopOnSignals(await openService(definition, config));
  } catch (error) {
    createLogger(definition.app, NODE_ID, config.LOG_LEVEL).fatal({ err: error }, 'service.failed_to_start');
    process.exit(1);
  }
}

function configOrExit<S extends z.ZodType<SharedConfig>>(definition: ServiceDefinition<S>): z.infer<S> & SharedConfig {
  try {
    return readConfig(definition.config, process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${definition.app}: ${error.message}\n`);
    process.exit(78);
  }
}

async function createNest<S extends z.ZodType<SharedConfig>>(
  definition: ServiceDefinition<S>,
  config: z.infer<S> & SharedConfig,
  log: Logger,
  resources: Resources,
): Promise<NestFastifyApplication> {
  const own =
    typeof definition.module === 'function' && !isClass(definition.module)
      ? definition.module(config)
      : definition.module;
  const root: DynamicModule = {
    module: ServiceModule,
    imports: [KitModule.with(resources.providers), own as DynamicModule],
  };
  const adapter = new FastifyAdapter({ bodyLimit: 64 * 1024, ...definition.fastify });
  const nest = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    logger: new NestLogger(log),
    abortOnError: false,
    bodyParser: definition.fastify?.['bodyParser'] !== false,
  });
  nest.connectMicroservice(
    {
      transport: Transport.NATS,
      options: {
        servers: config.NATS_URL.split(','),
        name: `${definition.app} ${NODE_ID} commands`,
        queue: definition.app,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 250,
      },
    },
    { inheritAppConfig: false },
  );
  return nest;
}

const isClass = (value: unknown): value is Type<unknown> =>
  typeof value === 'function' && /^class\s/.test(Function.prototype.toString.call(value));

/** SIGTERM drains, SIGINT stops; a second signal of either kind ends the process at once. */
function stopOnSignals(service: RunningService): void {
  const stop = (signal: 'SIGTERM' | 'SIGINT'): void => {
    if (service.stopping) process.exit(1);
    service.log.info({ signal }, 'service.stopping');
    void service
      .stop(signal)
      .catch((error: unknown) => service.log.error({ err: error }, 'service.stop_failed'))
      .then(() => {
        service.log.info({}, 'service.stopped');
        process.exit(0);
      });
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
}
