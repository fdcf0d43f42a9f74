import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CallplaneClient } from './callplane-client.ts';
import { CallplaneError } from './http.ts';

interface Seen {
  line: string;
  headers: Record<string, unknown>;
  body: unknown;
}

let server: Server;
let client: CallplaneClient;
let seen: Seen[] = [];
let answer: { status: number; body: string } = { status: 200, body: '' };

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      seen.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
      response.writeHead(answer.status).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new CallplaneClient({ baseUrl: originOf(server), platformToken: 'plat', orgHandle: 'demo' });
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  seen = [];
  answer = { status: 200, body: JSON.stringify({ data: { ok: true } }) };
});

const originOf = (of: Server): string => `http://127.0.0.1:${(of.address() as AddressInfo).port}`;

describe('CallplaneClient', () => {
  it.each<[string, (c: CallplaneClient) => Promise<unknown>, unknown]>([
    ['GET /v1/calls/cal_1', (c) => c.calls.get('cal_1'), undefined],
    ['GET /v1/calls?status=active&limit=2', (c) => c.calls.list({ status: 'active', limit: 2 }), undefined],
    ['POST /v1/calls/cal_1/hangup', (c) => c.calls.hangup('cal_1'), undefined],
    ['GET /v1/voice-profiles?language=en', (c) => c.voiceProfiles.list({ language: 'en' }), undefined],
    [
      'POST /v1/agents',
      (c) => c.agents.voice.create({ agent_id: 'a', hints: ['table'] }),
      { agent_id: 'a', hints: ['table'], brain: { type: 'runner' } },
    ],
    ['POST /v1/pipes', (c) => c.pipes.create({ name: 'p' }), { name: 'p' }],
    ['GET /v1/pipes/pipe_1', (c) => c.pipes.get('pipe_1'), undefined],
    ['GET /v1/pipes', (c) => c.pipes.list(), undefined],
    ['PATCH /v1/pipes/pipe_1', (c) => c.pipes.update('pipe_1', { name: 'q' }), { name: 'q' }],
    ['DELETE /v1/pipes/pipe_1', (c) => c.pipes.delete('pipe_1'), undefined],
    ['GET /v1/numbers', (c) => c.numbers.list(), undefined],
    ['POST /v1/numbers/sync', (c) => c.numbers.sync(), undefined],
    [
      'POST /v1/numbers/%2B15550109001/attach',
      (c) => c.numbers.attach('+15550109001', { agent_id: 'a' }),
      { agent_id: 'a' },
    ],
    ['DELETE /v1/numbers/num_1/attach', (c) => c.numbers.detach('num_1'), undefined],
    ['POST /v1/webhook-endpoints', (c) => c.webhookEndpoints.create({ url: 'https://h' }), { url: 'https://h' }],
    ['GET /v1/webhook-endpoints', (c) => c.webhookEndpoints.list(), undefined],
    ['DELETE /v1/webhook-endpoints/whe_1', (c) => c.webhookEndpoints.delete('whe_1'), undefined],
    ['GET /v1/account', (c) => c.account.get(), undefined],
    ['PATCH /v1/account', (c) => c.account.update({ concurrency_cap: 3 }), { concurrency_cap: 3 }],
  ])('%s', async (line, call, body) => {
    expect(await call(client)).toEqual({ ok: true });
    expect(seen).toMatchObject([{ line, headers: { authorization: 'Token plat', 'org-handle': 'demo' } }]);
    expect(seen[0]?.body).toEqual(body);
  });

  it('creates a call, repeatable with a key', async () => {
    await client.calls.create({ to_number: '+15550100001', agent_id: 'a' }, { idempotencyKey: 'k1' });
    expect(seen[0]).toMatchObject({
      line: 'POST /v1/calls',
      headers: { 'idempotency-key': 'k1', 'content-type': 'application/json' },
      body: { to_number: '+15550100001', agent_id: 'a' },
    });
    await client.calls.create({ to_number: '+15550100001', pipe_id: 'p' });
    expect(seen[1]?.headers['idempotency-key']).toBeUndefined();
  });

  it('takes an answer without a body', async () => {
    answer = { status: 204, body: '' };
    expect(await client.pipes.delete('p')).toBeUndefined();
  });

  it('turns a refusal into an error with a code, also one that is not JSON', async () => {
    const errors = [{ field: 'to_number', problem: 'x' }];
    answer = { status: 422, body: JSON.stringify({ code: 'invalid_request', message: 'Give a number.', errors }) };
    const refused: unknown = await client.calls.get('x').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(CallplaneError);
    expect(refused).toMatchObject({ status: 422, code: 'invalid_request', message: 'Give a number.', errors });
    answer = { status: 502, body: '<html>' };
    await expect(client.calls.get('x')).rejects.toMatchObject({ status: 502, code: 'unknown' });
    answer = { status: 500, body: '{}' };
    await expect(client.calls.get('x')).rejects.toMatchObject({ message: 'HTTP 500', errors: [] });
  });

  it('uses an API key when there is no platform token, and says what to set without either', async () => {
    const options = { baseUrl: originOf(server), platformToken: '', apiKey: 'sk' };
    await new CallplaneClient(options).account.get();
    expect(seen[0]?.headers['authorization']).toBe('Bearer sk');
    expect(() => new CallplaneClient({ ...options, apiKey: '' })).toThrow(/UNPOD_PLATFORM_TOKEN/);
  });
});
