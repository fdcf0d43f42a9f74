import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { freePort } from './find-port.ts';
import { makeOwnFolder, placePostgres, type PostgresPlace } from './place-postgres.ts';
import { runServer, type RunningServer, type ServerPlan } from './run-server.ts';

/** Where it keeps its data, and how it listens (127.0.0.1 only). */
export interface PostgresOptions {
  /** Made by initdb when it does not exist; kept otherwise. */
  dataDir: string;
  /** Default: a free one. */
  port?: number | undefined;
  /** Of the superuser `postgres`; fixed when the data folder is made. */
  password?: string | undefined;
  maxConnections?: number;
  /** Default: `<dataDir>.log`. */
  logFile?: string | undefined;
  onSpawn?: ((pid: number) => void) | undefined;
}

/**
 * Starts Postgres from its npm package, with fsync and synchronous_commit on; ready when it answers a query.
 * `url` names the database `postgres` as its superuser.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningServer> {
  const port = options.port ?? (await freePort());
  const password = options.password ?? 'callplane';
  const place = placePostgres(options.dataDir);
  if (!existsSync(join(place.dataDir, 'PG_VERSION'))) initialise(place, password);
  const url = `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
  const logFile = options.logFile ?? join(dirname(options.dataDir), `${basename(options.dataDir)}.log`);
  const plan: ServerPlan = {
    name: 'postgres',
    command: join(place.bin, 'postgres'),
    args: serverArguments(place.dataDir, port, options.maxConnections ?? 200),
    url,
    port,
    logFile,
    env: postgresEnvironment(),
    user: place.user,
    isReady: () => answersQueries(url),
    stopSignals: ['SIGINT'],
    onSpawn: options.onSpawn,
  };
  return retryWhileOldOneLeaves(() => runServer(plan));
}

/** True when a query is answered; rejects while Postgres is starting, or with a wrong password. */
async function answersQueries(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Into a folder beside it, then renamed: a set-up that was interrupted is simply done again. */
function initialise(place: PostgresPlace, password: string): void {
  const partial = `${place.dataDir}.new`;
  const passwordFile = `${place.dataDir}.password`;
  makeOwnFolder(partial, place.user);
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (place.user) chownSync(passwordFile, place.user.uid, place.user.gid);
  const how = ['--username=postgres', '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C'];
  const done = spawnSync(
    join(place.bin, 'initdb'),
    ['--pgdata', partial, '--pwfile', passwordFile, '--no-instructions', ...how],
    { cwd: '/', encoding: 'utf8', env: postgresEnvironment(), ...place.user },
  );
  rmSync(passwordFile, { force: true });
  if (done.status !== 0) {
    throw new Error(`initdb failed in ${partial}:\n${done.stdout}${done.stderr}`, { cause: done.error });
  }
  renameSync(partial, place.dataDir);
}

function serverArguments(dataDir: string, port: number, maxConnections: number): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    fsync: 'on',
    synchronous_commit: 'on',
    max_connections: maxConnections,
    timezone: 'UTC',
    log_timezone: 'UTC',
  };
  return ['-D', dataDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** Nothing of ours: PG* variables of the person who starts it would change what the server does. */
function postgresEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => name === 'PATH' || name.startsWith('CALLPLANE_'));
  return { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' };
}

/** After a SIGKILL the old one's children hold its memory for a moment, and Postgres rightly refuses to start. */
async function retryWhileOldOneLeaves(start: () => Promise<RunningServer>): Promise<RunningServer> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      const passing = /pre-existing shared memory block|lock file "postmaster.pid" already exists/;
      if (Date.now() > deadline || !passing.test(String(error))) throw error;
      await delay(100);
    }
  }
}
