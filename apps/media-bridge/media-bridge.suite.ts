import {
  agentFrameSubject,
  attachReplySchema,
  attachSubject,
  bridgeFrameSchema,
  bridgeFrameSubject,
  FACT_FILTER,
  factEnvelopeSchema,
  type AttachReply,
  type BridgeFrame,
  type CommandData,
  type CommandName,
  type FactEnvelope,
} from '@callplane/contracts';
import { createRoomAdmin, joinRoom, roomToken, type RoomAdmin, type RoomLeg } from '@callplane/livekit';
import { connectNats, NatsBus, type NatsConnection } from '@callplane/messaging';
import { createDataSource, migrate, TranscriptStore, type DataSource } from '@callplane/persistence';
import { CommandClient, NODE_ID, openService, type CommandOutcome, type RunningService } from '@callplane/service-kit';
import {
  startLiveKit,
  startNats,
  startPostgres,
  temporaryFolder,
  waitFor,
  type RunningLiveKit,
  type RunningServer,
} from '@callplane/testing';
import { bridgeConfig } from './media-bridge.config.ts';
import { MediaBridgeModule } from './media-bridge.module.ts';
import { loudness } from './speech-worker.suite.ts';

const RATE = 8000;
const FRAME = 160;

/** A real media-bridge on real LiveKit, NATS and Postgres; the spec plays the caller, the runner and the speech workers. */
export interface Bench {
  service: RunningService;
  livekit: RunningLiveKit;
  nats: RunningServer;
  postgres: RunningServer;
  db: DataSource;
  transcripts: TranscriptStore;
  rooms: RoomAdmin;
  nc: NatsConnection;
  bus: NatsBus;
  facts: FactEnvelope[];
  command<N extends CommandName>(name: N, data: CommandData<N>, timeoutMs?: number): Promise<CommandOutcome<N>>;
  factsOf(callId: string): string[];
  close(): Promise<void>;
}

export async function openBench(): Promise<Bench> {
  const folder = temporaryFolder('media-bridge-');
  const [postgres, nats, livekit] = await Promise.all([
    startPostgres({ dataDir: `${folder.path}/pg` }),
    startNats({ storeDir: `${folder.path}/nats` }),
    startLiveKit({ configDir: `${folder.path}/livekit` }),
  ]);
  await migrate(postgres.url);
  const config = bridgeConfig.parse(environment({ postgres, nats, livekit }));
  const service = await openService({ app: 'media-bridge', config: bridgeConfig, module: MediaBridgeModule }, config);
  const db = await createDataSource(postgres.url, 2).initialize();
  const nc = await connectNats(nats.url, 'spec');
  const bus = new NatsBus(nc);
  const commands = new CommandClient(nats.url, 'spec commands');
  await commands.connect();
  const facts: FactEnvelope[] = [];
  bus.subscribeJson(FACT_FILTER, (value) => facts.push(factEnvelopeSchema.parse(value)));
  return {
    service,
    livekit,
    nats,
    postgres,
    db,
    transcripts: new TranscriptStore(db),
    rooms: createRoomAdmin(livekit),
    nc,
    bus,
    facts,
    command: (name, data, timeoutMs = 15_000) => commands.send(name, data, { node: NODE_ID, timeoutMs }),
    factsOf: (callId) =>
      facts.filter((fact) => fact.callId === callId).map((fact) => `${fact.type} ${JSON.stringify(fact.data)}`),
    close: async () => {
      if (!service.stopping) await service.stop('SIGINT');
      await commands.close();
      await nc.close();
      await db.destroy();
      await Promise.all([livekit.stop(), nats.stop(), postgres.stop()]);
      folder.remove();
    },
  };
}

/** What a media-bridge process reads. */
export function environment(of: {
  postgres: RunningServer;
  nats: RunningServer;
  livekit: RunningLiveKit;
}): Record<string, string> {
  return {
    PORT: '0',
    DATABASE_URL: of.postgres.url,
    NATS_URL: of.nats.url,
    CALLPLANE_SECRET: 'x'.repeat(32),
    LOG_LEVEL: process.env['SPEC_LOG_LEVEL'] ?? 'silent',
    LIVEKIT_URL: of.livekit.url,
    LIVEKIT_API_KEY: of.livekit.apiKey,
    LIVEKIT_API_SECRET: of.livekit.apiSecret,
  };
}

export function openOrder(
  callId: string,
  changes: Partial<CommandData<'open-bridge'>> = {},
): CommandData<'open-bridge'> {
  return {
    callId,
    fence: 1,
    roomName: `call_${callId}`,
    jobId: `job_${callId}`,
    greeting: null,
    speech: {
      voiceProfileId: 'vp_1',
      language: 'en',
      sttProvider: 'local',
      ttsProvider: 'local',
      ttsVoice: 'default',
      hints: ['hello'],
      endpointingMs: 200,
    },
    brief: {
      direction: 'outbound',
      agentId: 'echo-agent',
      toNumber: '+15550100001',
      fromNumber: '+15550109001',
      userNumber: '+15550100001',
      instructions: 'be brief',
      data: { customer_id: 'C1' },
      accountId: 'acc_1',
      orgHandle: 'acme',
      pipeId: 'pip_1',
    },
    ...changes,
  };
}

const clockNow = (): number => performance.timeOrigin + performance.now();

/** The phone: sends sound or silence all the time, and notes when it hears the agent. */
export class Caller {
  /** When each loud frame of the agent arrived, epoch ms. */
  readonly loudAt: number[] = [];
  readonly leg: RoomLeg;
  private speakUntil = 0;
  private running = true;

  private constructor(leg: RoomLeg) {
    this.leg = leg;
    leg.onRemoteAudio(
      (identity) => identity.startsWith('agent_'),
      { sampleRate: RATE, frameMs: 20 },
      (pcm) => {
        if (loudness(pcm) > 1000) this.loudAt.push(clockNow());
      },
    );
    void this.sendAll();
  }

  static async join(bench: Bench, roomName: string, callId: string): Promise<Caller> {
    const token = await roomToken(bench.livekit, { room: roomName, identity: `sip_${callId}`, kind: 'sip' });
    return new Caller(await joinRoom({ url: bench.livekit.url, token, sampleRate: RATE, queueMs: 0 }));
  }

  /** Makes a sound for so long. Resolves when it is over. */
  async speak(ms = 400): Promise<void> {
    this.speakUntil = clockNow() + ms;
    await waitFor('the caller to end', () => clockNow() > this.speakUntil);
  }

  async leave(): Promise<void> {
    this.running = false;
    await this.leg.close();
  }

  private async sendAll(): Promise<void> {
    const start = performance.now();
    for (let n = 0; this.running; n += 1) {
      const loud = clockNow() < this.speakUntil;
      const pcm = new Int16Array(FRAME);
      if (loud) for (let i = 0; i < FRAME; i += 1) pcm[i] = 9000 * Math.sin((2 * Math.PI * 400 * i) / RATE);
      await this.leg.captureFrame(pcm);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, start + (n + 1) * 20 - performance.now())));
    }
  }
}

/** A runner behind an api process, both played over NATS. */
export class Runner {
  readonly frames: BridgeFrame[] = [];
  onFrame: (frame: Record<string, unknown>) => void = () => undefined;
  private readonly bench: Bench;
  private readonly callId: string;
  private connectionId = '';

  constructor(bench: Bench, callId: string) {
    this.bench = bench;
    this.callId = callId;
    bench.bus.subscribeJson(bridgeFrameSubject(callId), (value) => {
      const message = bridgeFrameSchema.parse(value);
      this.frames.push(message);
      if (message.t === 'frame') this.onFrame(message.frame);
    });
  }

  async dial(connectionId: string, supportedEvents: string[] = []): Promise<AttachReply> {
    const request = {
      connectionId,
      gateway: 'api-1',
      jobId: `job_${this.callId}`,
      workerId: 'echo#1',
      supportedEvents,
      supportedVerbs: [],
    };
    const reply = attachReplySchema.parse(await this.bench.bus.request(attachSubject(this.callId), request, 2000));
    if (reply.ok) this.connectionId = connectionId;
    return reply;
  }

  send(...frames: Record<string, unknown>[]): void {
    for (const frame of frames)
      this.bench.bus.publishJson(agentFrameSubject(this.callId), {
        t: 'frame',
        connectionId: this.connectionId,
        frame,
      });
  }

  say(text: string): void {
    this.send({ event: 'agent.say', text });
  }

  reply(...deltas: string[]): void {
    this.send(...deltas.map((text) => ({ event: 'agent.text.delta', text })), { event: 'agent.text.end' });
  }

  closed(code: number): void {
    const closed = { t: 'closed', connectionId: this.connectionId, code, reason: '' };
    this.bench.bus.publishJson(agentFrameSubject(this.callId), closed);
  }

  /** Frames of this event, so far. */
  got(event: string): Record<string, unknown>[] {
    return this.frames.flatMap((message) =>
      message.t === 'frame' && message.frame['event'] === event ? [message.frame] : [],
    );
  }
}
