import type { Logger } from '@callplane/telemetry';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AnswerFailureFilter } from './answer-failure.filter.ts';
import { Refusal } from './answer.ts';
import type { ApiConfig } from './api.config.ts';
import { sendRefusal } from './send-refusal.ts';
import { serveDocs } from './serve-docs.ts';

/** Fastify's options: paths work with and without a trailing slash, slow senders are cut off, the parser is ours. */
export const FASTIFY_OPTIONS = {
  bodyParser: false,
  requestTimeout: 30_000,
  routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 },
  frameworkErrors: (_error: unknown, _request: FastifyRequest, reply: FastifyReply): void =>
    void sendRefusal(reply, new Refusal(400, 'bad_url', 'The path is not a valid URL: percent-encode it.')),
};

/** Everything around the routes: JSON bodies, connection rules, error answers, request log, documentation. */
export async function configureHttp(nest: NestFastifyApplication, _config: ApiConfig, log: Logger): Promise<void> {
  const http = nest.getHttpAdapter().getInstance();
  nest.useGlobalFilters(new AnswerFailureFilter(log));
  parseJson(http);
  http.addHook('onRequest', async (request, reply) => closeForHttpx(request, reply));
  http.addHook('onResponse', async (request, reply) => logRequest(log, request, reply));
  await serveDocs(http);
}

/**
 * An empty body is no body, whatever its content type says: the SDK sends `application/json` with every request. What is not
 * JSON is handed on as its refusal, so that credentials are judged first and the connection is kept.
 */
function parseJson(http: FastifyInstance): void {
  const parse = http.getDefaultJsonParser('error', 'error');
  http.removeAllContentTypeParsers();
  http.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') return done(null, undefined);
    void parse(request, body as string, (error, value) =>
      done(null, error === null ? value : refuseJson(body as string)),
    );
  });
}

function refuseJson(body: string): Refusal {
  let problem = 'a key like __proto__ is not allowed';
  try {
    JSON.parse(body);
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  return new Refusal(400, 'invalid_json', `The body is not valid JSON: ${problem}.`);
}

/**
 * The SDK's blocking client runs every call in an event loop of its own and breaks on a connection that is kept: it gets a new
 * one each time. Everybody else keeps theirs.
 */
function closeForHttpx(request: FastifyRequest, reply: FastifyReply): void {
  if (request.headers['user-agent']?.startsWith('python-httpx')) reply.header('connection', 'close');
}

const QUIET = new Set(['/healthz', '/readyz']);

function logRequest(log: Logger, request: FastifyRequest, reply: FastifyReply): void {
  const route = request.routeOptions.url ?? 'unknown';
  if (QUIET.has(route)) return;
  const requestId = request.headers['x-request-id'];
  log.info(
    {
      method: request.method,
      route,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      account_id: (request as { principal?: { accountId: string } }).principal?.accountId,
      ...(typeof requestId === 'string' ? { request_id: requestId.slice(0, 100) } : {}),
    },
    'http.answered',
  );
}
