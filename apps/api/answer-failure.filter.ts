import { isDatabaseDown, isUnstorableValue } from '@callplane/persistence';
import { activeTraceId, type Logger } from '@callplane/telemetry';
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refusal, RefusedError } from './answer.ts';
import { sendRefusal } from './send-refusal.ts';

/** Turns whatever was thrown on the way of a request into an error body. Only our own bugs become a 500. */
@Catch()
export class AnswerFailureFilter implements ExceptionFilter {
  private readonly log: Logger;
  constructor(log: Logger) {
    this.log = log;
  }

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const refusal = describe(error, request);
    if (refusal.status >= 500) {
      const where = { method: request.method, path: request.url.split('?')[0], code: refusal.code };
      this.log[refusal.status === 500 ? 'error' : 'warn']({ err: error, ...where }, 'http.failed');
    }
    if (!reply.sent) await sendRefusal(reply, refusal, activeTraceId());
  }
}

function describe(error: unknown, request: FastifyRequest): Refusal {
  if (error instanceof RefusedError) return error.refusal;
  if (isDatabaseDown(error))
    return new Refusal(503, 'database_unavailable', 'The database does not answer. Try again in a few seconds.');
  if (isUnstorableValue(error))
    return new Refusal(
      422,
      'invalid_request',
      'A value holds characters that cannot be stored, such as NUL: remove them.',
    );
  const status = statusOf(error);
  switch (status) {
    case 404:
      return new Refusal(404, 'not_found', `There is no ${request.method} ${path(request)}: /docs lists every route.`);
    case 413:
      return new Refusal(
        413,
        'body_too_large',
        'The body is larger than 64 kB: send less, for example a shorter `data`.',
      );
    case 415:
      return new Refusal(415, 'not_json', 'The body must be JSON: send it with `Content-Type: application/json`.');
    case undefined:
      return new Refusal(500, 'internal', 'Something went wrong on our side; the log has it under this time and path.');
    default:
      return status < 500
        ? new Refusal(status, 'bad_request', `The request is not understood: ${String((error as Error).message)}.`)
        : new Refusal(500, 'internal', 'Something went wrong on our side; the log has it under this time and path.');
  }
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : undefined;
}

const path = (request: FastifyRequest): string => (request.url.split('?')[0] ?? '').slice(0, 200);
