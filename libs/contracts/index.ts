export * from './call-messages/index.ts';
export * from './speech-messages/index.ts';
export * from './http-api/index.ts';
export * from './agent-protocol/index.ts';
