import { trace } from '@opentelemetry/api';
import { pino, type Logger as PinoLogger, type LoggerOptions } from 'pino';

export type Logger = PinoLogger;

/** Keys that never reach a log line: secrets always, personal data unless CALLPLANE_LOG_PII=1. */
const SECRET_PATHS = [
  'token',
  'secret',
  'password',
  'authorization',
  'call_token',
  '*.token',
  '*.secret',
  '*.password',
];
const PII_PATHS = [
  'pii_to',
  'pii_from',
  'pii_text',
  'pii_number',
  '*.pii_to',
  '*.pii_from',
  '*.pii_text',
  '*.pii_number',
];

/**
 * JSON lines on stdout. Object first, constant message (`log.info({ call_id }, 'call.placed')`). The active trace's ids are
 * added to each line. `LOG_LEVEL` sets the least level; `CALLPLANE_LOG_PII=1` shows numbers and words.
 */
export function createLogger(app: string, node: string, level: string): Logger {
  const redact = process.env['CALLPLANE_LOG_PII'] === '1' ? SECRET_PATHS : [...SECRET_PATHS, ...PII_PATHS];
  const options: LoggerOptions = {
    level,
    base: { app, node },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: redact, censor: '[redacted]' },
    mixin: () => {
      const context = trace.getActiveSpan()?.spanContext();
      return context === undefined ? {} : { trace_id: context.traceId, span_id: context.spanId };
    },
  };
  // Written beside the event loop: a slow reader of stdout must not stall calls. What is left is flushed at exit.
  return pino(options, pino.destination({ dest: 1, sync: false }));
}
