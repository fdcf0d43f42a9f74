import { ROUTES, type HttpRoute, type RouteName } from '@callplane/contracts';
import { connectNats, NatsBus } from '@callplane/messaging';
import { createDataSource, migrate, seedDemo, type DataSource } from '@callplane/persistence';
import { openService, type RunningService } from '@callplane/service-kit';
import { startNats, startPostgres, temporaryFolder, type RunningServer } from '@callplane/testing';
import { expect } from 'vitest';
import { apiConfig } from './api.config.ts';
import { ApiModule } from './api.module.ts';
import { configureHttp, FASTIFY_OPTIONS } from './configure-http.ts';

export const PLATFORM_TOKEN = 'plat_rest_0123456789';
export const API_KEY = 'sk_rest_0123456789';
export const JWT_SECRET = 'j'.repeat(32);
export const SECRET = 's'.repeat(32);

/** What a request was answered. */
export interface Answered {
  status: number;
  headers: Headers;
  text: string;

  body: any;
}

export interface Ask {
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: unknown;
  headers?: Record<string, string>;
  /** Which of the route's paths. */
  path?: number;
}

/** `api` as it runs in production, on real Postgres and NATS. */
export interface RestBench {
  service: RunningService;
  db: DataSource;
  bus: NatsBus;
  postgres: RunningServer;
  ask(method: string, path: string, ask?: Ask): Promise<Answered>;
  /** Asks a route of the table as the demo account; a success must fit the route's schema exactly. */
  route(name: RouteName, ask?: Ask): Promise<Answered>;
  close(): Promise<void>;
}

export async function openRestBench(env: Record<string, string> = {}): Promise<RestBench> {
  const folder = temporaryFolder('rest-');
  const [postgres, nats] = await Promise.all([
    startPostgres({ dataDir: `${folder.path}/pg` }),
    startNats({ storeDir: `${folder.path}/nats` }),
  ]);
  await migrate(postgres.url);
  const tokens = { platformToken: PLATFORM_TOKEN, apiKey: API_KEY };
  await seedDemo(postgres.url, { orgHandle: 'demo', ...tokens, trunkUri: 'sip:127.0.0.1:5070' });
  const config = apiConfig.parse({
    PORT: 0,
    DATABASE_URL: postgres.url,
    NATS_URL: nats.url,
    CALLPLANE_SECRET: SECRET,
    CALLPLANE_JWT_SECRET: JWT_SECRET,
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'silent',
    ...env,
  });
  const service = await openService(
    { app: 'api', config: apiConfig, module: ApiModule, fastify: FASTIFY_OPTIONS, configure: configureHttp },
    config,
  );
  const db = await createDataSource(postgres.url, 3).initialize();
  const bus = new NatsBus(await connectNats(nats.url, 'spec'));
  const ask = (method: string, path: string, options: Ask = {}): Promise<Answered> =>
    request(service.url, method, path, options);
  return {
    service,
    db,
    bus,
    postgres,
    ask,
    route: (name, options = {}) => askRoute(ask, name, options),
    close: async () => {
      await service.stop('SIGINT');
      await bus.close();
      await db.destroy();
      await nats.stop();
      await postgres.stop();
      folder.remove();
    },
  };
}

async function request(origin: string, method: string, path: string, options: Ask): Promise<Answered> {
  const query = new URLSearchParams(options.query).toString();
  const { body } = options;
  const response = await fetch(`${origin}${path}${query === '' ? '' : `?${query}`}`, {
    method,
    headers: { 'content-type': 'application/json', ...options.headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: text === '' ? undefined : JSON.parse(text) };
}

/** The path of a route with its parameters filled in. */
export function pathOf(route: HttpRoute, params: Record<string, string> = {}, index = 0): string {
  return (route.paths[index] ?? '').replace(/:(\w+)/g, (_, name: string) => params[name] ?? `no-${name}`);
}

async function askRoute(
  ask: (method: string, path: string, options: Ask) => Promise<Answered>,
  name: RouteName,
  options: Ask,
): Promise<Answered> {
  const route: HttpRoute = ROUTES[name];
  const headers = { authorization: `Token ${PLATFORM_TOKEN}`, ...options.headers };
  const path = pathOf(route, options.params, options.path);
  const answered = await ask(route.method.toUpperCase(), path, { ...options, headers });
  if (answered.status < 300 && route.answer !== undefined) {
    expect(Object.keys(answered.body)).toEqual(['data']);
    // Parsing drops what the schema does not know: equality means that nothing undocumented is answered.
    expect(route.answer.parse(answered.body.data)).toEqual(answered.body.data);
  }
  return answered;
}
