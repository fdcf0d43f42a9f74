export * from './create-database.ts';
export * from './find-binary.ts';
export * from './find-port.ts';
export * from './run-server.ts';
export * from './start-livekit.ts';
export * from './start-nats.ts';
export * from './start-postgres.ts';
export * from './temporary-folder.ts';
