export { startTelemetry, type Telemetry } from './start-telemetry.ts';
export { createLogger, type Logger } from './create-logger.ts';
export { inSpan, carryTrace, continueTrace, activeTraceId } from './trace-context.ts';
export { ATTRIBUTES } from './attribute-names.ts';
