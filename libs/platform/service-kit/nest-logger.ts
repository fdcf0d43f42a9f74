import type { Logger } from '@callplane/telemetry';
import type { LoggerService } from '@nestjs/common';

/** Nest's own lines in our log: its start-up chatter at debug, its warnings and errors as they are. */
export class NestLogger implements LoggerService {
  private readonly logger: Logger;
  constructor(logger: Logger) {
    this.logger = logger;
  }
  log(message: unknown, context?: string): void {
    this.logger.debug({ context, nest: String(message) }, 'nest.log');
  }
  debug(message: unknown, context?: string): void {
    this.logger.debug({ context, nest: String(message) }, 'nest.log');
  }
  verbose(message: unknown, context?: string): void {
    this.logger.trace({ context, nest: String(message) }, 'nest.log');
  }
  warn(message: unknown, context?: string): void {
    this.logger.warn({ context, nest: String(message) }, 'nest.warning');
  }
  error(message: unknown, stack?: string, context?: string): void {
    this.logger.error({ context, nest: String(message), stack }, 'nest.error');
  }
  fatal(message: unknown, stack?: string, context?: string): void {
    this.logger.fatal({ context, nest: String(message), stack }, 'nest.error');
  }
}
