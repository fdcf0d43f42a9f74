import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { readFact, type ReadFact } from '@callplane/contracts';
import { createRoomAdmin, type RoomAdmin } from '@callplane/livekit';
import { connectNats, NatsBus, type NatsConnection } from '@callplane/messaging';
import { createDataSource, LegJournalStore, migrate, sealSecret, type DataSource } from '@callplane/persistence';
import { CommandClient } from '@callplane/service-kit';
import {
  freePort,
  startLiveKit,
  startNats,
  startPostgres,
  temporaryFolder,
  waitFor,
  type RunningLiveKit,
  type RunningServer,
} from '@callplane/testing';
import { bundle } from './gateways/embedded/embedded-harness.suite.ts';

export type SeenFact = Extract<ReadFact, { ok: true }>['fact'] & { callId: string };
const SECRET = 'a secret of the test, long enough';

/** The servers, the built service, and a way to watch and command it. */
export class ServiceHarness {
  readonly facts: SeenFact[] = [];
  admin!: RoomAdmin;
  commands!: CommandClient;
  journal!: LegJournalStore;
  private readonly folder = temporaryFolder();
  private servers: RunningServer[] = [];
  private livekit!: RunningLiveKit;
  private databaseUrl = '';
  private natsUrl = '';
  private nc!: NatsConnection;
  private db!: DataSource;
  private program!: { folder: string; remove: () => void };
  private readonly children = new Set<ChildProcess>();

  async start(): Promise<void> {
    const { path } = this.folder;
    const [postgres, nats, livekit, program] = await Promise.all([
      startPostgres({ dataDir: join(path, 'pg') }),
      startNats({ storeDir: join(path, 'nats') }),
      startLiveKit({ configDir: join(path, 'livekit'), departureTimeoutS: 1 }),
      bundle('main.ts', 'gateways/embedded/media.worker.ts'),
    ]);
    this.servers = [postgres, nats, livekit];
    [this.databaseUrl, this.natsUrl, this.livekit, this.program] = [postgres.url, nats.url, livekit, program];
    await migrate(postgres.url);
    this.db = createDataSource(postgres.url, 2);
    await this.db.initialize();
    this.journal = new LegJournalStore(this.db);
    await this.db.query(`INSERT INTO account (id, org_handle, name) VALUES ('acc_test', 'test', 'Test')`);
    this.admin = createRoomAdmin(livekit);
    this.nc = await connectNats(nats.url, 'test');
    new NatsBus(this.nc).subscribeJson('call.fact.>', (value) => {
      const read = readFact(value);
      if (read.ok) this.facts.push({ ...read.fact, callId: read.callId });
    });
    this.commands = new CommandClient(nats.url, 'test commands');
    await this.commands.connect();
  }

  async stop(): Promise<void> {
    for (const child of this.children) child.kill('SIGKILL');
    await this.commands.close();
    await this.nc.close();
    await this.db.destroy();
    await Promise.all(this.servers.map((server) => server.stop()));
    this.program.remove();
    this.folder.remove();
  }

  async trunk(id: string, uri: string, auth?: { username: string; password: string; secret?: string }): Promise<void> {
    const sealed = auth === undefined ? null : sealSecret(auth.password, auth.secret ?? SECRET);
    await this.db.query(
      `INSERT INTO trunk (id, account_id, name, kind, uri, auth_username, auth_password_sealed)
       VALUES ($1, 'acc_test', $1, $2, $3, $4, $5)`,
      [id, uri.startsWith('sip:') ? 'embedded' : 'livekit-sip', uri, auth?.username ?? null, sealed],
    );
  }

  factsOf(callId: string): SeenFact[] {
    return this.facts.filter((fact) => fact.callId === callId);
  }

  async fact(callId: string, type: SeenFact['type']): Promise<SeenFact> {
    return waitFor(`${type} of ${callId}`, () => this.factsOf(callId).find((fact) => fact.type === type), 20_000);
  }

  /** Starts one sip-originator of that name and resolves when it is ready. */
  async service(node: string, env: Record<string, string> = {}): Promise<RunningService> {
    const port = await freePort();
    const sipPort = Number(env['SIP_PORT'] ?? (await freePort()));
    const child = spawn(process.execPath, [join(this.program.folder, 'main.js')], {
      env: {
        ...process.env,
        NODE_ENV: 'test',
        CALLPLANE_NODE: node,
        PORT: String(port),
        DATABASE_URL: this.databaseUrl,
        NATS_URL: this.natsUrl,
        CALLPLANE_SECRET: SECRET,
        LIVEKIT_URL: this.livekit.url,
        LIVEKIT_API_KEY: this.livekit.apiKey,
        LIVEKIT_API_SECRET: this.livekit.apiSecret,
        SIP_PORT: String(sipPort),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.children.add(child);
    const log: Record<string, unknown>[] = [];
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('{')) log.push(JSON.parse(line) as Record<string, unknown>);
    });
    const exited = once(child, 'exit').then(([code]) => code as number | null);
    const url = `http://127.0.0.1:${port}`;
    await waitFor(`${node} ready`, () => readyz(url).then(({ status }) => status === 200), 45_000);
    return { node, child, log, exited, url, sipPort };
  }
}

export interface RunningService {
  readonly node: string;
  readonly child: ChildProcess;
  /** Its log lines so far. */
  readonly log: Record<string, unknown>[];
  readonly exited: Promise<number | null>;
  readonly url: string;
  readonly sipPort: number;
}

export async function readyz(url: string): Promise<{ status: number; body: unknown }> {
  try {
    const answer = await fetch(`${url}/readyz`);
    return { status: answer.status, body: await answer.json() };
  } catch {
    return { status: 0, body: undefined };
  }
}
