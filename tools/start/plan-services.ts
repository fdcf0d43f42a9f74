import { freePort } from '@callplane/testing';
import { join } from 'node:path';
import type { ServerAddresses } from './plan-servers.ts';
import type { PortName, Ports } from './ports.ts';
import type { Secrets } from './secrets.ts';
import type { Settings } from './settings.ts';
import type { ServicePlan, StepPlan } from './stack-plan.ts';

/** The organisation `npm start` creates. */
export const DEMO_ORG = 'demo';

/** A webhook target on this machine is what people try first; never set where others can register one. */
const LOOPBACK_WEBHOOKS = { CALLPLANE_DEV_LOOPBACK_WEBHOOKS: '1' };

/** What the rows below are made from. */
export interface StackFacts {
  settings: Settings;
  ports: Ports;
  secrets: Secrets;
  addresses: ServerAddresses;
}

interface Row {
  app: string;
  port: PortName;
  env?: (facts: StackFacts) => Record<string, string>;
  optionalAfterMs?: (settings: Settings) => number;
}

/** Our services, in the order a call meets them. A new service is one row here (and a port in ports.ts). */
const SERVICES: Row[] = [
  {
    app: 'api',
    port: 'api',
    env: ({ ports }) => ({ CALLPLANE_PUBLIC_URL: `http://127.0.0.1:${ports.api}`, ...LOOPBACK_WEBHOOKS }),
  },
  { app: 'dispatcher', port: 'dispatcher' },
  {
    app: 'sip-originator',
    port: 'sip-originator',
    env: ({ ports }) => ({ SIP_GATEWAY: 'embedded', SIP_HOST: '127.0.0.1', SIP_PORT: String(ports['gateway-sip']) }),
  },
  { app: 'media-bridge', port: 'media-bridge' },
  {
    app: 'speech-adapter',
    port: 'speech-adapter',
    // The platform runs without local speech; where set-up could not make the recogniser, waiting is pointless.
    optionalAfterMs: ({ env }) => (env['CALLPLANE_SPEECH_VENV'] ? 10_000 : 1000),
  },
  { app: 'webhook-notifier', port: 'webhook-notifier', env: () => LOOPBACK_WEBHOOKS },
];

/** Ports of ours that must be free before anything starts. */
export const SERVICE_PORTS: PortName[] = [
  ...SERVICES.map(({ port }) => port),
  'gateway-sip',
  'test-phone',
  'test-phone-sip',
];

/** What every process of ours sees. */
export function commonEnvironment({ settings, addresses, secrets }: StackFacts): Record<string, string> {
  return {
    // LiveKit's client logs every packet otherwise.
    NODE_ENV: 'production',
    NODE_COMPILE_CACHE: join(settings.home, 'compile-cache'),
    CALLPLANE_HOME: settings.home,
    HOST: '127.0.0.1',
    CALLPLANE_SECRET: secrets.platformSecret,
    DATABASE_URL: addresses.databaseUrl,
    NATS_URL: addresses.natsUrl,
    LIVEKIT_URL: addresses.livekitUrl,
    LIVEKIT_API_KEY: addresses.livekitKey,
    LIVEKIT_API_SECRET: addresses.livekitSecret,
  };
}

/** Migrations and the demo account; both are safe to repeat. */
export function planSteps({ settings, ports, secrets }: StackFacts): StepPlan[] {
  const env = {
    DEMO_ORG_HANDLE: DEMO_ORG,
    DEMO_PLATFORM_TOKEN: secrets.platformToken,
    DEMO_API_KEY: secrets.apiKey,
    DEMO_TRUNK_URI: settings.trunkUri ?? testPhoneUri(ports),
  };
  return [{ name: 'migrate', program: join(settings.dist, 'tools', 'migrate.js'), env }];
}

/** The six services, with as many processes of each as were asked for. */
export async function planServices(facts: StackFacts): Promise<ServicePlan[]> {
  const { replicas } = facts.settings;
  const unknown = Object.keys(replicas).filter((app) => !SERVICES.some((row) => row.app === app));
  if (unknown.length > 0) throw new Error(`CALLPLANE_REPLICAS names ${unknown.join(', ')}, which is no service.`);
  const plans: ServicePlan[] = [];
  for (const row of SERVICES) {
    for (let number = 1; number <= (replicas[row.app] ?? 1); number += 1)
      plans.push(await planReplica(row, number, facts));
  }
  return plans;
}

/** The test phone, and the example agent that talks to it. */
export function planPeers({ settings, ports, secrets }: StackFacts): { phone: ServicePlan; agent: ServicePlan } {
  const phone = {
    name: 'test-phone',
    program: join(settings.dist, 'apps', 'test-phone', 'main.js'),
    port: ports['test-phone'],
    env: { PORT: String(ports['test-phone']), SIP_HOST: '127.0.0.1', SIP_PORT: String(ports['test-phone-sip']) },
  };
  const agent = {
    name: 'examples/typescript-agent',
    program: join(settings.dist, 'examples', 'agent.js'),
    env: unpodVariables(ports, secrets),
  };
  return { phone, agent };
}

/** The three variables the Unpod SDK reads. */
export function unpodVariables(ports: Ports, secrets: Secrets): Record<string, string> {
  return {
    UNPOD_BASE_URL: `http://127.0.0.1:${ports.api}`,
    UNPOD_PLATFORM_TOKEN: secrets.platformToken,
    UNPOD_ORG_HANDLE: DEMO_ORG,
  };
}

export function testPhoneUri(ports: Ports): string {
  return `sip:127.0.0.1:${ports['test-phone-sip']}`;
}

/** The first has the fixed ports, the others free ones. */
async function planReplica(row: Row, number: number, facts: StackFacts): Promise<ServicePlan> {
  const { settings, ports } = facts;
  const own: Ports = number === 1 ? ports : { ...ports, [row.port]: await freePort(), 'gateway-sip': await freePort() };
  // All replicas of the api are one origin to the outside.
  const publicPorts = row.app === 'api' ? ports : own;
  const name = number === 1 ? row.app : `${row.app}-${number}`;
  return {
    name,
    program: join(settings.dist, 'apps', row.app, 'main.js'),
    port: own[row.port],
    env: { PORT: String(own[row.port]), CALLPLANE_NODE: name, ...row.env?.({ ...facts, ports: publicPorts }) },
    ...(row.optionalAfterMs ? { optionalAfterMs: row.optionalAfterMs(settings) } : {}),
  };
}
