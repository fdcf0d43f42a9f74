export { openService, startService, type RunningService, type ServiceDefinition } from './start-service.ts';
export { HandleCommand, NODE_ID } from './handle-command.ts';
export { CommandClient, type CommandOutcome } from './command-client.ts';
export {
  BUS,
  CALL_STORE,
  COMMANDS_CLIENT,
  CONFIG,
  DATA_SOURCE,
  EVENTS,
  FACTS,
  JOURNAL_STORE,
  LOGGER,
  READINESS,
  RUNNER_STORE,
  SHUTDOWN,
  TRANSCRIPT_STORE,
  AUTH_STORE,
} from './tokens.ts';
export { Readiness, type ReadinessCheck } from './readiness.ts';
export { NATS_CONNECTION } from './open-resources.ts';
export { Shutdown } from './shutdown.ts';
export { WakeLoop } from './wake-loop.ts';
