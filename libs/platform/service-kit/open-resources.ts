import type { SharedConfig } from '@callplane/config';
import { connectNats, EventPublisher, FactPublisher, NatsBus, provisionStreams } from '@callplane/messaging';
import {
  AuthStore,
  CallStore,
  createDataSource,
  LegJournalStore,
  RunnerStore,
  TranscriptStore,
} from '@callplane/persistence';
import type { Logger } from '@callplane/telemetry';
import type { Provider } from '@nestjs/common';
import { CommandClient } from './command-client.ts';
import { NODE_ID } from './handle-command.ts';
import { Readiness } from './readiness.ts';
import type { Shutdown } from './shutdown.ts';
import * as TOKENS from './tokens.ts';

export interface Resources {
  providers: Provider[];
  /** Closes NATS, then the database. Called after everything that uses them has stopped. */
  close(): Promise<void>;
}

/** Opens what every service shares and makes it injectable. @throws when Postgres or NATS cannot be reached. */
export async function openResources(
  app: string,
  config: SharedConfig,
  log: Logger,
  shutdown: Shutdown,
): Promise<Resources> {
  const dataSource = createDataSource(config.DATABASE_URL, config.DATABASE_POOL, (error) => {
    log.warn({ err: error }, 'database.connection_lost');
  });
  await dataSource.initialize();
  const nc = await connectNats(config.NATS_URL, `${app} ${NODE_ID}`);
  await provisionStreams(nc);
  const bus = new NatsBus(nc, (error, subject) => log.error({ err: error, subject }, 'bus.message_failed'));
  const facts = new FactPublisher(nc, (error, fact) => {
    log.warn({ err: error, call_id: fact.callId, fact: fact.type }, 'fact.publish_retried');
  });
  const commands = new CommandClient(config.NATS_URL, `${app} ${NODE_ID} client`);
  await commands.connect();
  const readiness = new Readiness();
  readiness.require('postgres', async () => {
    await dataSource.query('SELECT 1');
    return null;
  });
  readiness.require('nats', async () => {
    await nc.flush();
    return null;
  });
  const values: [symbol, unknown][] = [
    [TOKENS.CONFIG, config],
    [TOKENS.LOGGER, log],
    [TOKENS.BUS, bus],
    [TOKENS.FACTS, facts],
    [TOKENS.EVENTS, new EventPublisher(nc)],
    [TOKENS.COMMANDS_CLIENT, commands],
    [TOKENS.READINESS, readiness],
    [TOKENS.SHUTDOWN, shutdown],
    [TOKENS.DATA_SOURCE, dataSource],
    [TOKENS.CALL_STORE, new CallStore(dataSource)],
    [TOKENS.RUNNER_STORE, new RunnerStore(dataSource)],
    [TOKENS.TRANSCRIPT_STORE, new TranscriptStore(dataSource)],
    [TOKENS.JOURNAL_STORE, new LegJournalStore(dataSource)],
    [TOKENS.AUTH_STORE, new AuthStore(dataSource)],
    [NATS_CONNECTION, nc],
  ];
  return {
    providers: values.map(([provide, useValue]) => ({ provide, useValue })),
    close: async () => {
      await commands.close();
      await bus.close();
      await dataSource.destroy();
    },
  };
}

/** The raw connection, for the few places that consume a stream through @callplane/messaging. */
export const NATS_CONNECTION = Symbol('nats-connection');
