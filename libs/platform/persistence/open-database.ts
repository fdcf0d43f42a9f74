import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { ENTITIES } from './entities/index.ts';
import { MIGRATIONS } from './migrations/index.ts';

/**
 * The one pool of a process. Idle connections that Postgres drops (restart, terminated backend) are reported to `onPoolError`
 * and replaced at the next query; they never end the process.
 */
export function createDataSource(
  url: string,
  poolSize: number,
  onPoolError: (error: unknown) => void = () => undefined,
): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    entities: ENTITIES,
    migrations: MIGRATIONS,
    migrationsTransactionMode: 'each',
    synchronize: false,
    logging: false,
    poolSize,
    connectTimeoutMS: 5000,
    poolErrorHandler: onPoolError,
    extra: { application_name: 'callplane', idleTimeoutMillis: 60_000 },
  });
}

export type { DataSource };
