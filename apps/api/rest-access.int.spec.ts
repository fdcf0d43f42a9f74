import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ROUTES, type HttpRoute, type RouteName } from '@callplane/contracts';
import { AuthStore } from '@callplane/persistence';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiConfig } from './api.config.ts';
import { Authenticator } from './authenticate.ts';
import { API_KEY, JWT_SECRET, openRestBench, pathOf, PLATFORM_TOKEN, SECRET, type RestBench } from './rest.suite.ts';

let bench: RestBench;
beforeAll(async () => {
  bench = await openRestBench();
});
afterAll(() => bench.close());

const BASE = { PORT: 0, DATABASE_URL: 'x', NATS_URL: 'x', CALLPLANE_SECRET: SECRET };
const TOKEN = { authorization: `Token ${PLATFORM_TOKEN}` };
const account = (headers: Record<string, string>) => bench.ask('GET', '/v1/account', { headers });
const sign = (claims: Record<string, unknown>, expires = '1m', secret = JWT_SECRET): Promise<string> =>
  new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(expires)
    .sign(new TextEncoder().encode(secret));

const everyRoute = Object.entries(ROUTES) as [RouteName, HttpRoute][];
const everyPath = everyRoute.flatMap(([name, route]) =>
  route.paths.map((path, index) => ({ name, route, path, index })),
);

describe('credentials', () => {
  it('takes a token, an API key and a JWT, with the right org handle or none', async () => {
    for (const authorization of [
      `Token ${PLATFORM_TOKEN}`,
      `Bearer ${API_KEY}`,
      `JWT ${await sign({ org: 'demo' })}`,
    ]) {
      expect((await account({ authorization })).body.data.org_handle).toBe('demo');
      expect((await account({ authorization, 'org-handle': 'demo' })).status).toBe(200);
      const other = await account({ authorization, 'org-handle': 'other' });
      expect(other.body).toMatchObject({ status_code: 403, code: 'org_mismatch' });
      expect(other.body.message).toContain('Org-Handle');
    }
  });

  it.each([
    ['nothing', {}, 'not_authenticated', 'Authorization: Token'],
    ['an unknown key', { authorization: 'Bearer nope' }, 'invalid_key', 'unknown, revoked or expired'],
    ['an unknown scheme', { authorization: 'Basic YTpi' }, 'not_authenticated', 'not understood'],
    ['no key', { authorization: 'Token' }, 'not_authenticated', 'not understood'],
    ['a broken JWT', { authorization: 'JWT a.b.c' }, 'invalid_jwt', 'does not verify'],
  ])('refuses %s with 401', async (_, headers, code, sentence) => {
    const answer = await account(headers);
    expect(answer.body).toMatchObject({ status_code: 401, code });
    expect(answer.body.message).toContain(sentence);
    expect(answer.headers.get('www-authenticate')).toContain('Token');
  });

  it('refuses JWTs that are expired, unsigned by us, or name no org', async () => {
    const refusal = async (jwt: string): Promise<string> =>
      (await account({ authorization: `JWT ${jwt}` })).body.message;
    expect(await refusal(await sign({ org: 'demo' }, '-1m'))).toContain('expired');
    expect(await refusal(await sign({ org: 'demo' }, '1m', 'z'.repeat(32)))).toContain('does not verify');
    expect(await refusal(await sign({}))).toContain('`org` claim');
    expect(await refusal(await sign({ org: 'nobody' }))).toContain('names no account');
    const eternal = await new SignJWT({ org: 'demo' })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(JWT_SECRET));
    expect(await refusal(eternal)).toContain('refused');
  });

  it('verifies JWTs against a JWKS, and says so when no JWT is configured', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' };
    const keys = createServer((_, response) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] })),
    );
    await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(keys.address() as AddressInfo).port}/jwks`;
    const withJwks = new Authenticator(
      new AuthStore(bench.db),
      apiConfig.parse({ ...BASE, CALLPLANE_JWT_JWKS_URL: url }),
    );
    const jwt = await new SignJWT({ org: 'demo' })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setExpirationTime('1m')
      .sign(privateKey);
    expect(await withJwks.authenticate({ authorization: `JWT ${jwt}` })).toMatchObject({
      ok: true,
      principal: { accountId: 'acc_demo', kind: 'jwt' },
    });
    // A key made public must not become an HMAC secret.
    expect(await withJwks.authenticate({ authorization: `JWT ${await sign({ org: 'demo' })}` })).toMatchObject({
      ok: false,
      status: 401,
    });
    const without = new Authenticator(new AuthStore(bench.db), apiConfig.parse(BASE));
    const refused = await without.authenticate({ authorization: `JWT ${jwt}` });
    expect(refused).toMatchObject({ ok: false, status: 401, code: 'jwt_not_configured' });
    keys.close();
  });

  it('refuses a revoked key once the short memory of keys is over', async () => {
    await bench.db.query(`UPDATE api_key SET revoked_at = now() WHERE kind = 'api_key'`);
    const fresh = new Authenticator(new AuthStore(bench.db), apiConfig.parse(BASE));
    expect(await fresh.authenticate({ authorization: `Bearer ${API_KEY}` })).toMatchObject({
      ok: false,
      code: 'invalid_key',
    });
    await bench.db.query(`UPDATE api_key SET revoked_at = NULL`);
  });

  it.each(everyPath)('guards $route.method $path', async ({ route, index }) => {
    const method = route.method.toUpperCase();
    const body = route.body === undefined ? undefined : {};
    expect((await bench.ask(method, pathOf(route, {}, index), { body })).status).toBe(401);
    const slash = `${pathOf(route, {}, index)}/`;
    const answer = await bench.ask(method, slash, { body, headers: TOKEN });
    expect(answer.status, answer.text).toBeLessThan(500);
    expect(answer.body?.code).not.toBe('not_found');
  });
});

describe('what goes wrong on the way', () => {
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    bench.ask('POST', '/v1/calls', { body, headers: { ...TOKEN, ...headers } });

  it.each([
    ['invalid JSON', '{bad', {}, 400, 'invalid_json', 'position'],
    ['a poisoned key', '{"__proto__": {"x": 1}}', {}, 400, 'invalid_json', '__proto__'],
    ['no body', undefined, {}, 422, 'invalid_request', 'has no body'],
    ['a JSON text that is no object', '[]', {}, 422, 'invalid_request', 'body'],
    [
      'another content type',
      'a=b',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'not_json',
      'application/json',
    ],
    ['more than 64 kB', JSON.stringify({ data: 'x'.repeat(1_000_000) }), {}, 413, 'body_too_large', '64 kB'],
    [
      'a header that is too long',
      {},
      { 'idempotency-key': 'k'.repeat(300) },
      422,
      'invalid_request',
      'idempotency-key',
    ],
  ])('answers %s with a sentence', async (_, body, headers, status, code, sentence) => {
    const answer = await post(body, headers);
    expect(answer.body).toMatchObject({ status_code: status, code });
    expect(answer.status).toBe(status);
    expect(answer.body.message).toContain(sentence);
  });

  it('judges credentials before the body', async () => {
    expect((await bench.ask('POST', '/v1/calls', { body: '{bad' })).status).toBe(401);
  });

  it('answers an unknown route, an unknown method and a broken URL in the same shape', async () => {
    const unknown = await bench.ask('GET', '/v1/nothing');
    expect(unknown.body).toMatchObject({
      status_code: 404,
      code: 'not_found',
      message: expect.stringContaining('GET /v1/nothing'),
    });
    expect((await bench.ask('PATCH', '/v1/calls')).body.code).toBe('not_found');
    expect((await bench.ask('GET', '/v1/%zz')).body).toMatchObject({ status_code: 400, code: 'bad_url' });
    expect((await bench.ask('GET', '/v1/calls/a%00b', { headers: TOKEN })).body.status_code).toBe(422);
  });

  it('closes the connection for python-httpx only, on errors too', async () => {
    const httpx = { 'user-agent': 'python-httpx/0.28.1' };
    expect((await account({ ...TOKEN, ...httpx })).headers.get('connection')).toBe('close');
    expect((await account(httpx)).headers.get('connection')).toBe('close');
    expect((await account(TOKEN)).headers.get('connection')).toBe('keep-alive');
  });

  it('documents itself', async () => {
    const document = await bench.ask('GET', '/openapi.json');
    expect(document.body.openapi).toBe('3.1.0');
    const page = await fetch(`${bench.service.url}/docs`);
    const html = await page.text();
    expect([page.status, html.includes('swagger-ui')]).toEqual([200, true]);
    expect(html).not.toMatch(/(src|href)="https?:/);
    expect((await fetch(`${bench.service.url}/docs/static/swagger-ui-bundle.js`)).status).toBe(200);
  });

  it('answers 503 with Retry-After while the database is away, and never 500', async () => {
    await account(TOKEN);
    await bench.postgres.stop();
    for (const headers of [TOKEN, { authorization: 'Token unseen' }]) {
      const answer = await account(headers);
      expect(answer.body).toMatchObject({ status_code: 503, code: 'database_unavailable' });
      expect(answer.headers.get('retry-after')).toBe('2');
    }
    expect((await post({ to_number: '+15550100001', agent_id: 'x' })).status).toBe(503);
    expect((await bench.ask('GET', '/healthz')).status).toBe(200);
    expect((await bench.ask('GET', '/readyz')).status).toBe(503);
  });
});
