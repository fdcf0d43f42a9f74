import { createDataSource, migrate, schemaDrift } from '@callplane/persistence';
import { createDatabase, startPostgres, temporaryFolder } from '@callplane/testing';
import { join } from 'node:path';

/** Migrations on a real, empty Postgres: up, no drift from the entities, every one down, up again. */
const folder = temporaryFolder('check-migrations-');
const postgres = await startPostgres({ dataDir: join(folder.path, 'postgres') });
let failed = false;
try {
  const url = await createDatabase(postgres.url, 'check_migrations');
  const names = await migrate(url);
  console.log(`up: ${names.join(', ')}`);
  failed = !(await noDrift(url)) || failed;
  await revertAll(url, names.length);
  console.log(`down: ${names.length} reverted`);
  await migrate(url);
  failed = !(await noDrift(url)) || failed;
} finally {
  await postgres.stop();
  folder.remove();
}
process.exit(failed ? 1 : 0);

async function noDrift(url: string): Promise<boolean> {
  const drift = await schemaDrift(url);
  if (drift.length === 0) {
    console.log('drift: none');
    return true;
  }
  console.error(`drift: the entities want more than the migrations make. Write a migration for:\n${drift.join(';\n')}`);
  return false;
}

async function revertAll(url: string, count: number): Promise<void> {
  const dataSource = createDataSource(url, 2);
  await dataSource.initialize();
  try {
    for (let i = 0; i < count; i += 1) await dataSource.undoLastMigration();
    const left = await dataSource.query<{ table_name: string }[]>(
      `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> 'migrations'`,
    );
    if (left.length > 0) throw new Error(`down leaves tables behind: ${left.map((row) => row.table_name).join(', ')}`);
  } finally {
    await dataSource.destroy();
  }
}
