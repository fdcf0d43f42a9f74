import { describe, expect, it } from 'vitest';
import { Platform } from '../support/platform.ts';

const platform = new Platform();
const good = { agent_id: 'nobody', to_number: '+15550100001', from_number: '+15550109001' };

/** What went wrong, and a sentence that says what to do. */
function expectSentence(body: { code?: string; message?: string; status_code?: number }, status: number): void {
  expect(body.status_code).toBe(status);
  expect(body.code).toMatch(/^[a-z0-9_]+$/);
  expect(body.message?.length).toBeGreaterThan(20);
}

describe('bad input gets a 4xx with a sentence that says what to do', () => {
  it.each(['12345', '+0123456789', 'sip:me@example.com', '', null])('malformed number %j', async (number) => {
    const answer = await platform.rest('POST', '/calls', { ...good, to_number: number });
    expect(answer.status).toBe(422);
    expectSentence(answer.body, 422);
    expect(answer.body.errors[0].field).toBe('to_number');
    expect(answer.body.message).toContain('+14155550');
  });

  it('an agent nobody knows', async () => {
    const answer = await platform.rest('POST', '/calls', good);
    expect(answer.status).toBe(400);
    expectSentence(answer.body, 400);
    expect(answer.body.message).toContain('nobody');
  });

  it('no token, a wrong token, a foreign org', async () => {
    const missing = await platform.rest('POST', '/calls', good, { authorization: '' });
    expect(missing.status).toBe(401);
    expectSentence(missing.body, 401);
    expect((await platform.rest('GET', '/calls', undefined, { authorization: 'Token wrong' })).status).toBe(401);
    expect((await platform.rest('GET', '/calls', undefined, { 'org-handle': 'somebody-else' })).status).toBe(403);
  });

  it('a body of 1 MB', async () => {
    const answer = await platform.rest('POST', '/calls', { ...good, instructions: 'x'.repeat(1_000_000) });
    expect(answer.status).toBe(413);
    expectSentence(answer.body, 413);
  });

  it('invalid JSON', async () => {
    const answer = await platform.rest('POST', '/calls', '{"to_number": ');
    expect(answer.status).toBe(400);
    expectSentence(answer.body, 400);
  });

  it('an unknown call and an unknown route', async () => {
    for (const path of ['/calls/cal_nothing', '/v1/nothing']) {
      const answer = await platform.rest('GET', path);
      expect(answer.status).toBe(404);
      expectSentence(answer.body, 404);
    }
  });

  it('keeps connections, but for the blocking SDK client', async () => {
    expect((await platform.rest('GET', '/calls')).headers.get('connection')).not.toBe('close');
    const sdk = await platform.rest('GET', '/calls', undefined, { 'user-agent': 'python-httpx/0.28' });
    expect(sdk.headers.get('connection')).toBe('close');
  });
});
