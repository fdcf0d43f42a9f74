import { startLiveKit, startNats, startPostgres, isListening, createDatabase } from '@callplane/testing';
import { join } from 'node:path';
import type { PortName, Ports } from './ports.ts';
import type { Secrets } from './secrets.ts';
import type { Settings } from './settings.ts';
import type { ServerSpec } from './stack-plan.ts';
import type { HomeFiles } from './write-files.ts';

/** How clients reach the three servers, whether ours or found running. */
export interface ServerAddresses {
  databaseUrl: string;
  natsUrl: string;
  livekitUrl: string;
  livekitKey: string;
  livekitSecret: string;
}

/** Which servers to start, which were found, and which ports that needs. */
export interface ServersPlan {
  specs: ServerSpec[];
  found: string[];
  addresses: ServerAddresses;
  ports: PortName[];
  /** Creates our database on a Postgres of ours; does nothing on a found one. */
  prepareDatabase: () => Promise<void>;
}

const DATABASE = 'callplane';
const LIVEKIT_KEY = 'callplane';

/** A server that runs at its configured URL is used as it is; every other one is started here. */
export async function planServers(
  settings: Settings,
  ports: Ports,
  secrets: Secrets,
  files: HomeFiles,
): Promise<ServersPlan> {
  const [foundPostgres, foundNats, foundLiveKit] = await Promise.all([
    isRunning('DATABASE_URL', settings.databaseUrl),
    isRunning('NATS_URL', settings.natsUrl),
    isRunning('LIVEKIT_URL', settings.livekitUrl),
  ]);
  const admin = `postgres://postgres:${secrets.postgresPassword}@127.0.0.1:${ports.postgres}`;
  const ours = ownServers(settings.home, ports, secrets, files);
  const started = [
    ...(foundPostgres ? [] : [ours.postgres]),
    ...(foundNats ? [] : [ours.nats]),
    ...(foundLiveKit ? [] : [ours.livekit]),
  ];
  const livekit = foundLiveKit ? foundLiveKitKeys(settings) : { key: LIVEKIT_KEY, secret: secrets.livekitSecret };
  return {
    specs: started,
    found: [foundPostgres && 'postgres', foundNats && 'nats', foundLiveKit && 'livekit'].filter(
      (name) => name !== false,
    ),
    addresses: {
      databaseUrl: foundPostgres ? String(settings.databaseUrl) : `${admin}/${DATABASE}`,
      natsUrl: foundNats ? String(settings.natsUrl) : `nats://127.0.0.1:${ports.nats}`,
      livekitUrl: foundLiveKit ? String(settings.livekitUrl) : `ws://127.0.0.1:${ports.livekit}`,
      livekitKey: livekit.key,
      livekitSecret: livekit.secret,
    },
    ports: [...started.map(({ name }) => name as PortName), ...(foundLiveKit ? [] : ['livekit-udp' as const])],
    prepareDatabase: () => (foundPostgres ? Promise.resolve() : createOnce(`${admin}/postgres`)),
  };
}

function ownServers(
  home: string,
  ports: Ports,
  secrets: Secrets,
  files: HomeFiles,
): Record<'postgres' | 'nats' | 'livekit', ServerSpec> {
  return {
    postgres: {
      name: 'postgres',
      port: ports.postgres,
      launch: (onSpawn) =>
        startPostgres({
          dataDir: join(home, 'postgres'),
          port: ports.postgres,
          password: secrets.postgresPassword,
          logFile: files.logOf('postgres'),
          onSpawn,
        }),
    },
    nats: {
      name: 'nats',
      port: ports.nats,
      launch: (onSpawn) =>
        startNats({ storeDir: join(home, 'nats'), port: ports.nats, logFile: files.logOf('nats'), onSpawn }),
    },
    livekit: {
      name: 'livekit',
      port: ports.livekit,
      launch: (onSpawn) =>
        startLiveKit({
          configDir: join(home, 'livekit'),
          port: ports.livekit,
          udpPort: ports['livekit-udp'],
          apiKey: LIVEKIT_KEY,
          apiSecret: secrets.livekitSecret,
          logFile: files.logOf('livekit'),
          onSpawn,
        }),
    },
  };
}

/** A configured server of this machine that does not run is started by us; one elsewhere has to be there. */
async function isRunning(variable: string, configured: string | undefined): Promise<boolean> {
  if (!configured) return false;
  const { hostname, port, protocol } = new URL(configured);
  const usual: Record<string, number> = {
    'postgres:': 5432,
    'postgresql:': 5432,
    'nats:': 4222,
    'wss:': 443,
    'https:': 443,
  };
  if (await isListening(Number(port || (usual[protocol] ?? 80)), hostname)) return true;
  if (['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) return false;
  throw new Error(`${variable} points at ${hostname}, where nothing answers: start it there, or unset ${variable}.`);
}

function foundLiveKitKeys({ env }: Settings): { key: string; secret: string } {
  const key = env['LIVEKIT_API_KEY'];
  const secret = env['LIVEKIT_API_SECRET'];
  if (key && secret) return { key, secret };
  throw new Error('A LiveKit runs at LIVEKIT_URL: set LIVEKIT_API_KEY and LIVEKIT_API_SECRET to its key as well.');
}

async function createOnce(adminUrl: string): Promise<void> {
  try {
    await createDatabase(adminUrl, DATABASE);
  } catch (error) {
    const alreadyThere = '42P04';
    if ((error as { code?: string }).code !== alreadyThere) throw error;
  }
}
