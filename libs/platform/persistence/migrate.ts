import { createDataSource } from './open-database.ts';

/** Runs every migration that has not run yet, each in its own transaction. Safe to run from several processes at once. @returns their names. */
export async function migrate(url: string): Promise<string[]> {
  const dataSource = createDataSource(url, 2);
  await dataSource.initialize();
  const lock = dataSource.createQueryRunner();
  try {
    await lock.query('SELECT pg_advisory_lock(727001)');
    return (await dataSource.runMigrations()).map((migration) => migration.name);
  } finally {
    await lock.query('SELECT pg_advisory_unlock(727001)').catch(() => undefined);
    await lock.release();
    await dataSource.destroy();
  }
}

/** The statements that would bring the database to the shape of the entities; empty = no drift. */
export async function schemaDrift(url: string): Promise<string[]> {
  const dataSource = createDataSource(url, 2);
  await dataSource.initialize();
  try {
    return (await dataSource.driver.createSchemaBuilder().log()).upQueries.map((query) => query.query);
  } finally {
    await dataSource.destroy();
  }
}
