import {
  agentFrameSchema,
  agentFrameSubject,
  attachRequestSchema,
  attachSubject,
  bridgeFrameSubject,
  type AgentFrame,
  type AttachReply,
  type AttachRequest,
} from '@callplane/contracts';
import { newCall } from '@callplane/domain';
import { connectNats, NatsBus } from '@callplane/messaging';
import { CallStore, createDataSource, migrate, newId, seedDemo, type DataSource } from '@callplane/persistence';
import { CommandClient, openService, type RunningService } from '@callplane/service-kit';
import { startNats, startPostgres, temporaryFolder, waitFor, type RunningServer } from '@callplane/testing';
import { Module } from '@nestjs/common';
import { WebSocket } from 'ws';
import { apiConfig } from './api.config.ts';
import { AuthModule } from './auth.module.ts';
import { signCallToken } from './call-token.ts';
import { RelayBridgeModule } from './relay-bridge/relay-bridge.module.ts';
import { ServeRunnersModule } from './serve-runners/serve-runners.module.ts';

export const PLATFORM_TOKEN = 'plat_sockets';
export const API_KEY = 'sk_sockets';
export const SECRET = 'x'.repeat(32);
export const AGENT = 'echo-agent';

@Module({ imports: [AuthModule, ServeRunnersModule, RelayBridgeModule] })
class SocketsModule {}

/** The two sockets of `api` on a real HTTP server, Postgres and NATS. Runners and bridges are played by the spec. */
export interface SocketBench {
  service: RunningService;
  /** `ws://127.0.0.1:port` */
  origin: string;
  db: DataSource;
  bus: NatsBus;
  commands: CommandClient;
  postgres: RunningServer;
  /** A call whose runner has been named. */
  createCall(jobId: string): Promise<string>;
  endCall(callId: string, endReason: string, secondsAgo?: number): Promise<void>;
  close(): Promise<void>;
}

export async function openSocketBench(): Promise<SocketBench> {
  const folder = temporaryFolder('sockets-');
  const [postgres, nats] = await Promise.all([
    startPostgres({ dataDir: `${folder.path}/pg` }),
    startNats({ storeDir: `${folder.path}/nats` }),
  ]);
  await migrate(postgres.url);
  const demo = { orgHandle: 'demo', platformToken: PLATFORM_TOKEN, apiKey: API_KEY, trunkUri: 'sip:127.0.0.1:5070' };
  await seedDemo(postgres.url, demo);
  const config = apiConfig.parse({
    PORT: 0,
    DATABASE_URL: postgres.url,
    NATS_URL: nats.url,
    CALLPLANE_SECRET: SECRET,
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'silent',
  });
  const service = await openService({ app: 'api', config: apiConfig, module: SocketsModule }, config);
  const db = await createDataSource(postgres.url, 3).initialize();
  const bus = new NatsBus(await connectNats(nats.url, 'spec'));
  const commands = new CommandClient(nats.url, 'spec client');
  await commands.connect();
  return {
    service,
    origin: service.url.replace('http', 'ws'),
    db,
    bus,
    commands,
    postgres,
    createCall: (jobId) => createCall(db, jobId),
    endCall: async (callId, endReason, secondsAgo = 0) => {
      await db.query(
        `UPDATE call SET state = 'ended', end_reason = $2, ended_at = clock_timestamp() - $3 * interval '1 s' WHERE id = $1`,
        [callId, endReason, secondsAgo],
      );
    },
    close: async () => {
      if (!service.stopping) await service.stop('SIGINT');
      await commands.close();
      await bus.close();
      await db.destroy();
      await nats.stop();
      await postgres.stop();
      folder.remove();
    },
  };
}

async function createCall(db: DataSource, jobId: string): Promise<string> {
  const id = newId('cal');
  await new CallStore(db).createCall({
    id,
    accountId: 'acc_demo',
    orgHandle: 'demo',
    agentId: AGENT,
    pipeId: null,
    toNumber: '+15550100001',
    fromNumber: '+15550109001',
    numberId: 'num_demo_1',
    trunkId: 'trk_demo',
    instructions: null,
    data: {},
    snapshot: newCall({ id, direction: 'outbound', createdAt: Date.now(), settings: {} }),
    idempotency: null,
  });
  await db.query(`UPDATE call SET job_id = $2, worker_id = 'echo-agent#1' WHERE id = $1`, [id, jobId]);
  return id;
}

/** A WebSocket client that keeps what it received. */
export class Peer {
  readonly frames: Record<string, unknown>[] = [];
  closed: { code: number; reason: string } | undefined;
  readonly socket: WebSocket;

  constructor(url: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(url, { headers });
    this.socket.on('message', (data: Buffer) =>
      this.frames.push(JSON.parse(data.toString('utf8')) as Record<string, unknown>),
    );
    this.socket.on('close', (code, reason) => (this.closed = { code, reason: reason.toString('utf8') }));
    this.socket.on('error', () => undefined);
  }

  send(frame: unknown): void {
    const text = typeof frame === 'string' ? frame : JSON.stringify(frame);
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(text);
    else this.socket.once('open', () => this.socket.send(text));
  }

  frame(index: number, timeoutMs?: number): Promise<Record<string, unknown>> {
    return waitFor(`frame ${index}`, () => this.frames[index], timeoutMs);
  }

  close(): Promise<{ code: number; reason: string }> {
    return waitFor('the close of a socket', () => this.closed, 15_000);
  }
}

/** The bridge of one call, as `media-bridge` plays it over NATS. */
export class PlayedBridge {
  readonly attached: AttachRequest[] = [];
  readonly received: AgentFrame[] = [];
  answer: (request: AttachRequest) => AttachReply;
  private readonly stops: { unsubscribe(): void }[];
  private readonly bus: NatsBus;
  private readonly callId: string;

  constructor(bus: NatsBus, callId: string) {
    this.bus = bus;
    this.callId = callId;
    this.answer = () => ({
      ok: true,
      roomId: `room_${callId}`,
      started: { event: 'call.started', session_id: callId, job_id: 'job_1', room_id: `room_${callId}`, metadata: {} },
    });
    this.stops = [
      bus.respond(attachSubject(callId), async (value) => {
        const request = attachRequestSchema.parse(value);
        this.attached.push(request);
        return this.answer(request);
      }),
      bus.subscribeJson(agentFrameSubject(callId), (value) => this.received.push(agentFrameSchema.parse(value))),
    ];
  }

  send(frame: Record<string, unknown>, connectionId = this.attached.at(-1)?.connectionId): void {
    this.bus.publishJson(bridgeFrameSubject(this.callId), { t: 'frame', connectionId, frame });
  }

  close(code: number, reason: string): void {
    const connectionId = this.attached.at(-1)?.connectionId;
    this.bus.publishJson(bridgeFrameSubject(this.callId), { t: 'close', connectionId, code, reason });
  }

  stop(): void {
    for (const stop of this.stops) stop.unsubscribe();
  }
}

export const HELLO = {
  event: 'hello',
  protocol_version: 2,
  supported_events: ['user.text', 'user.interrupted', 'error', 'metric', 'turn.metrics', 'state', 'call.started'],
  supported_verbs: ['agent.text.delta', 'agent.text.end', 'agent.say', 'agent.transfer', 'agent.end_call'],
};

export const register = (workerId: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  type: 'register',
  worker_id: workerId,
  pool: AGENT,
  capabilities: {
    voice_profiles: [],
    max_concurrent: 2,
    agent_id: AGENT,
    transport: 'dial_out',
    kind: 'brain',
    hostname: 'HOST',
    address: 'ADDR',
    region: null,
    deployment: 'local',
  },
  ...more,
});

export const bridgeUrl = (origin: string, callId: string, jobId: string): string =>
  `${origin}/v1/bridge/${callId}?token=${encodeURIComponent(signCallToken(SECRET, callId, jobId))}`;
