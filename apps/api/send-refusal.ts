import type { ErrorBody } from '@callplane/contracts';
import type { FastifyReply } from 'fastify';
import type { Refusal } from './answer.ts';

/** Seconds after which a client may try again what failed because something of ours is away. */
const RETRY_AFTER_S = '2';

/** Answers with the error body that every refusal and failure has. */
export async function sendRefusal(reply: FastifyReply, refusal: Refusal, traceId?: string): Promise<void> {
  const { status, code, message, errors } = refusal;
  const body: ErrorBody = {
    status_code: status,
    code,
    message,
    ...(errors === undefined ? {} : { errors }),
    ...(traceId === undefined ? {} : { trace_id: traceId }),
  };
  if (status === 503) reply.header('retry-after', RETRY_AFTER_S);
  if (status === 401) reply.header('www-authenticate', 'Token, Bearer, JWT');
  await reply.status(status).type('application/json; charset=utf-8').send(body);
}
