export { createDataSource, type DataSource } from './open-database.ts';
export * from './entities/index.ts';
export { ENTITIES } from './entities/index.ts';
export { migrate, schemaDrift } from './migrate.ts';
export { DEMO_NUMBERS, seedDemo, type DemoAccount } from './seed-demo.ts';
export { newId } from './new-id.ts';
export { isDatabaseDown, isUnstorableValue } from './database-failure.ts';
export { sealSecret, openSecret } from './seal-secret.ts';
export * from './stores/index.ts';
