import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newCall } from '@callplane/domain';
import { connectNats, type NatsConnection } from '@callplane/messaging';
import {
  CallStore,
  createDataSource,
  migrate,
  newId,
  sealSecret,
  seedDemo,
  type DataSource,
} from '@callplane/persistence';
import { openService, type RunningService } from '@callplane/service-kit';
import { startNats, startPostgres, temporaryFolder, waitFor } from '@callplane/testing';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notifierConfig } from './notifier.config.ts';
import { NotifierModule } from './notifier.module.ts';

const SECRET = 'x'.repeat(32);
const SIGNING = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

let db: DataSource;
let nc: NatsConnection;
let service: RunningService;
let sink: Server;
let base: string;
const received: Received[] = [];
const answers = new Map<string, (nth: number) => { status: number; headers?: Record<string, string> } | 'hang'>();
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  const folder = temporaryFolder('notifier-');
  const [postgres, nats] = await Promise.all([
    startPostgres({ dataDir: `${folder.path}/pg` }),
    startNats({ storeDir: `${folder.path}/nats` }),
  ]);
  await migrate(postgres.url);
  await seedDemo(postgres.url, {
    orgHandle: 'demo',
    platformToken: 'plat_x',
    apiKey: 'sk_x',
    trunkUri: 'sip:127.0.0.1:5070',
  });
  db = await createDataSource(postgres.url, 4).initialize();
  nc = await connectNats(nats.url, 'spec');
  sink = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const path = request.url ?? '';
      received.push({ path, headers: request.headers, body });
      const answer = answers.get(path)?.(received.filter((r) => r.path === path).length) ?? { status: 204 };
      if (answer !== 'hang') response.writeHead(answer.status, answer.headers).end();
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => sink.once('listening', resolve));
  base = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
  const config = notifierConfig.parse({
    PORT: 0,
    DATABASE_URL: postgres.url,
    NATS_URL: nats.url,
    CALLPLANE_SECRET: SECRET,
    LOG_LEVEL: 'silent',
    WEBHOOK_POLL_MS: 100,
    WEBHOOK_TIMEOUT_MS: 2000,
    CALLPLANE_DEV_LOOPBACK_WEBHOOKS: '1',
  });
  service = await openService({ app: 'webhook-notifier', config: notifierConfig, module: NotifierModule }, config);
  closers.push(
    () => service.stop('SIGINT'),
    () => nc.close(),
    () => db.destroy(),
    () => nats.stop(),
    () => postgres.stop(),
  );
  closers.push(
    () => sink.close(),
    () => sink.closeAllConnections(),
    () => folder.remove(),
  );
});
afterAll(async () => {
  for (const close of closers) await close();
});

async function addEndpoint(path: string, types: string[] = [], url = `${base}${path}`): Promise<string> {
  const id = newId('whe');
  await db.query(
    `INSERT INTO webhook_endpoint (id, account_id, url, secret_sealed, event_types) VALUES ($1, 'acc_demo', $2, $3, $4)`,
    [id, url, sealSecret(SIGNING, SECRET), types],
  );
  return id;
}

async function removeEndpoints(): Promise<void> {
  await db.query('UPDATE webhook_endpoint SET disabled_at = now()');
}

async function createCall(): Promise<string> {
  const id = newId('cal');
  await new CallStore(db).createCall({
    id,
    accountId: 'acc_demo',
    orgHandle: 'demo',
    agentId: 'a',
    pipeId: null,
    toNumber: '+15550100001',
    fromNumber: null,
    numberId: null,
    trunkId: null,
    instructions: null,
    data: { order: 7 },
    snapshot: newCall({ id, direction: 'outbound', createdAt: Date.now() }),
    idempotency: null,
  });
  return id;
}

const about = (path: string, callId: string): Received[] =>
  received.filter((r) => r.path === path && r.body.includes(callId));
const deliveryOf = async (endpointId: string): Promise<{ state: string; attempts: number } | undefined> =>
  (
    await db.query<{ state: string; attempts: number }[]>(
      'SELECT state, attempts FROM delivery WHERE endpoint_id = $1',
      [endpointId],
    )
  )[0];

describe('a delivery', () => {
  it('carries the call as REST shows it, signed so that the official verifier accepts it', async () => {
    await addEndpoint('/ok');
    const id = await createCall();
    const [got] = await waitFor('webhook', () => about('/ok', id).length > 0 && about('/ok', id));
    const verified = new Webhook(SIGNING).verify(got!.body, got!.headers as Record<string, string>) as Record<
      string,
      unknown
    >;
    expect(verified).toMatchObject({
      type: 'call.created',
      sequence: 1,
      data: { call_id: id, status: 'pending', data: { order: 7 } },
    });
    expect(() => new Webhook(SIGNING).verify(`${got!.body} `, got!.headers as Record<string, string>)).toThrow();
    await removeEndpoints();
  });

  it('is tried again with the same id and body after a failure, and every try is on record', async () => {
    answers.set('/flaky', (nth) => ({ status: nth === 1 ? 500 : 200 }));
    const endpoint = await addEndpoint('/flaky');
    const id = await createCall();
    await waitFor('first try', () => about('/flaky', id).length === 1);
    await waitFor('recorded', async () => (await deliveryOf(endpoint))?.attempts === 1);
    await waitFor('rescheduled', async () => {
      const [row] = await db.query<{ later: boolean }[]>(
        `SELECT next_at > now() + interval '3 seconds' AND next_at < now() + interval '7 seconds' AS later FROM delivery WHERE endpoint_id = $1`,
        [endpoint],
      );
      return row?.later === true;
    });
    await db.query('UPDATE delivery SET next_at = now() WHERE endpoint_id = $1', [endpoint]);
    const tries = await waitFor('second try', () => about('/flaky', id).length === 2 && about('/flaky', id));
    expect(tries[0]!.headers['webhook-id']).toBe(tries[1]!.headers['webhook-id']);
    expect(tries[0]!.body).toBe(tries[1]!.body);
    await waitFor('delivered', async () => (await deliveryOf(endpoint))?.state === 'delivered');
    const attempts = await db.query<{ status: number }[]>(
      `SELECT a.status FROM delivery_attempt a JOIN delivery d ON d.id = a.delivery_id WHERE d.endpoint_id = $1 ORDER BY a.n`,
      [endpoint],
    );
    expect(attempts.map((a) => a.status)).toEqual([500, 200]);
    await removeEndpoints();
  });

  it('disables an endpoint that says it is gone', async () => {
    answers.set('/gone', () => ({ status: 410 }));
    const endpoint = await addEndpoint('/gone');
    await createCall();
    await waitFor('dead', async () => (await deliveryOf(endpoint))?.state === 'dead');
    const [row] = await db.query<{ disabled_why: string }[]>(
      'SELECT disabled_why FROM webhook_endpoint WHERE id = $1',
      [endpoint],
    );
    expect(row?.disabled_why).toContain('410');
  });

  it('goes only to endpoints that want the event', async () => {
    await addEndpoint('/ended-only', ['call.ended']);
    await addEndpoint('/all');
    const id = await createCall();
    await waitFor('webhook', () => about('/all', id).length > 0);
    expect(about('/ended-only', id)).toHaveLength(0);
    await removeEndpoints();
  });

  it('is not held up by a neighbour that hangs, and does not follow redirects', async () => {
    answers.set('/hangs', () => 'hang');
    answers.set('/moved', () => ({ status: 302, headers: { location: `${base}/elsewhere` } }));
    const hanging = await addEndpoint('/hangs');
    await addEndpoint('/moved');
    await addEndpoint('/quick');
    const id = await createCall();
    await waitFor('quick', () => about('/quick', id).length > 0, 1500);
    await waitFor('timeout on record', async () => {
      const rows = await db.query<{ error: string }[]>(
        `SELECT a.error FROM delivery_attempt a JOIN delivery d ON d.id = a.delivery_id WHERE d.endpoint_id = $1`,
        [hanging],
      );
      return rows[0]?.error.includes('no answer within 2000 ms');
    });
    expect(received.some((r) => r.path === '/elsewhere')).toBe(false);
    await removeEndpoints();
  });

  it('never reaches a private address', async () => {
    const endpoint = await addEndpoint('', [], 'https://[::ffff:10.0.0.1]/hook');
    await createCall();
    const error = await waitFor('refusal', async () => {
      const rows = await db.query<{ error: string }[]>(
        `SELECT a.error FROM delivery_attempt a JOIN delivery d ON d.id = a.delivery_id WHERE d.endpoint_id = $1`,
        [endpoint],
      );
      return rows[0]?.error;
    });
    expect(error).toContain('may not reach');
    await removeEndpoints();
  });
});

describe('the outbox', () => {
  it('puts each event on the event stream', async () => {
    const seen: string[] = [];
    nc.subscribe('call.event.>', { callback: (_error, msg) => void seen.push(msg.subject) });
    await nc.flush();
    const id = await createCall();
    await waitFor('event', () => seen.includes(`call.event.created.${id}`));
  });
});

describe('health', () => {
  it('is ready while Postgres and NATS are', async () => {
    const ready = await fetch(`${service.url}/readyz`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ status: 'ready' });
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
  });
});
