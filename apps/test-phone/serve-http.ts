import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { once } from 'node:events';
import { z } from 'zod';
import { BEHAVIOURS } from './behaviours.ts';
import type { TestPhone } from './test-phone.ts';

const MAX_BODY_BYTES = 65_536;

const number = z.string().regex(/^\+?[A-Za-z0-9._-]{1,64}$/);
const dialRequest = z.object({
  to: number,
  from: number,
  target: z.string().min(1).max(256),
  behaviour: number.optional(),
  cancelAfterMs: z.number().int().min(0).max(600_000).optional(),
});

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

async function dial(phone: TestPhone, request: IncomingMessage): Promise<Reply> {
  const wanted = dialRequest.safeParse(await bodyOf(request));
  if (!wanted.success)
    return { status: 400, body: { problem: 'to, from and target are needed', issues: wanted.error.issues } };
  try {
    return { status: 202, body: await phone.dial(wanted.data) };
  } catch (err) {
    return { status: 400, body: { problem: err instanceof Error ? err.message : String(err) } };
  }
}

async function answer(phone: TestPhone, request: IncomingMessage): Promise<Reply> {
  const [, resource, id] = (request.url ?? '/').split('?', 1)[0]?.split('/') ?? [];
  const what = `${request.method ?? ''} ${resource ?? ''}`;
  if (what === 'GET healthz' || what === 'GET readyz')
    return { status: 200, body: { status: 'ok', sip: phone.address } };
  if (what === 'GET behaviours') return { status: 200, body: BEHAVIOURS };
  if (what === 'GET calls' && id === undefined) return { status: 200, body: phone.calls() };
  if (what === 'GET calls') {
    const entry = phone.call(decodeURIComponent(id ?? ''));
    return entry ? { status: 200, body: entry } : { status: 404, body: { problem: 'no such call' } };
  }
  if (what === 'POST dial') return dial(phone, request);
  return { status: 404, body: { problem: 'try /healthz, /behaviours, /calls, /calls/:id or POST /dial' } };
}

function send(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(reply.body, undefined, 2)}\n`);
}

/** Serves health, what each call did, and dialling. Resolves once bound; throws when the port is taken. */
export async function serveHttp(phone: TestPhone, host: string, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    answer(phone, request).then(
      (reply) => send(response, reply),
      (err: unknown) => send(response, { status: 500, body: { problem: String(err) } }),
    );
  });
  server.listen({ host, port });
  await once(server, 'listening');
  return server;
}
