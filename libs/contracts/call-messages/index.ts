export * from './subjects.ts';
export * from './envelope.ts';
export * from './commands.ts';
export * from './facts.ts';
export * from './live.ts';
