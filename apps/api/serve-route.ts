import { ROUTES, type HttpRoute, type RouteName } from '@callplane/contracts';
import type { Principal } from '@callplane/persistence';
import { activeTraceId, continueTrace, inSpan } from '@callplane/telemetry';
import { Req, RequestMapping, RequestMethod, Res, UseGuards } from '@nestjs/common';
import { SpanKind } from '@opentelemetry/api';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { Refusal, type Answer } from './answer.ts';
import { sendRefusal } from './send-refusal.ts';
import { RequireAccountGuard, type AuthenticatedRequest } from './require-account.guard.ts';

type Part<N extends RouteName, K extends 'params' | 'query' | 'headers' | 'body'> = (typeof ROUTES)[N] extends {
  readonly [key in K]: infer S extends z.ZodType;
}
  ? z.infer<S>
  : undefined;

/** A checked request: what the route's schemas made of it, and whom it speaks for. */
export interface RouteInput<N extends RouteName> {
  principal: Principal;
  params: Part<N, 'params'>;
  query: Part<N, 'query'>;
  headers: Part<N, 'headers'>;
  body: Part<N, 'body'>;
}

type Handler<N extends RouteName> = (input: RouteInput<N>) => Promise<Answer | Refusal>;

const METHODS = {
  get: RequestMethod.GET,
  post: RequestMethod.POST,
  put: RequestMethod.PUT,
  patch: RequestMethod.PATCH,
  delete: RequestMethod.DELETE,
} as const;

/**
 * Declares the method that serves a route of the table: on all its paths, for authenticated accounts only, with checked input,
 * its answer in the envelope `{"data": ...}`.
 */
export function ServeRoute<N extends RouteName>(name: N) {
  return <M extends Handler<N>>(target: object, key: string, descriptor: TypedPropertyDescriptor<M>): void => {
    const route: HttpRoute = ROUTES[name];
    const method = descriptor.value;
    if (method === undefined) throw new Error(`${key} is not a method`);
    const wrapped = function (this: unknown, request: AuthenticatedRequest, reply: FastifyReply): Promise<void> {
      const header = (wanted: string): string | undefined => {
        const value = request.headers[wanted];
        return typeof value === 'string' ? value : undefined;
      };
      const attributes = { 'http.route': route.paths[0], account_id: request.principal.accountId };
      return continueTrace(header, () =>
        inSpan(
          name,
          attributes,
          () => serve(name, request, reply, (input) => method.call(this, input)),
          SpanKind.SERVER,
        ),
      );
    };
    descriptor.value = wrapped as unknown as M;
    RequestMapping({ path: [...route.paths], method: METHODS[route.method] })(target, key, descriptor);
    UseGuards(RequireAccountGuard)(target, key, descriptor);
    Req()(target, key, 0);
    Res()(target, key, 1);
  };
}

async function serve<N extends RouteName>(
  name: N,
  request: AuthenticatedRequest,
  reply: FastifyReply,
  handle: Handler<N>,
): Promise<void> {
  const route: HttpRoute = ROUTES[name];
  const input = readInput<N>(route, request);
  const result = input instanceof Refusal ? input : await handle(input);
  if (result instanceof Refusal) return sendRefusal(reply, result, activeTraceId());
  reply.status(result.status ?? route.status).headers(result.headers);
  if (result.data === undefined) await reply.send();
  else await reply.type('application/json; charset=utf-8').send({ data: result.data });
}

function readInput<N extends RouteName>(route: HttpRoute, request: AuthenticatedRequest): RouteInput<N> | Refusal {
  if (request.body instanceof Refusal) return request.body;
  const errors: { field: string; problem: string }[] = [];
  const read = (schema: z.ZodType | undefined, value: unknown): unknown => {
    if (schema === undefined) return undefined;
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) errors.push({ field: fieldOf(issue.path), problem: issue.message });
    return undefined;
  };
  if (route.body !== undefined && request.body === undefined)
    return new Refusal(422, 'invalid_request', 'The request has no body: send a JSON object.');
  const input = {
    principal: request.principal,
    params: read(route.params, request.params),
    query: read(route.query, request.query),
    headers: read(route.headers, request.headers),
    body: read(route.body, request.body),
  };
  const [first] = errors;
  if (first === undefined) return input as RouteInput<N>;
  return new Refusal(422, 'invalid_request', `${first.field}: ${first.problem}`, errors);
}

const fieldOf = (path: readonly PropertyKey[]): string => (path.length === 0 ? 'body' : path.map(String).join('.'));
