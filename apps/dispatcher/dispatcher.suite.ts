import { factMessage, type CommandReply, type FactMessageType, type FactPayload } from '@callplane/contracts';
import { newCall, type CallSettings } from '@callplane/domain';
import { connectNats, FactPublisher, NatsBus, startBeat, type NatsConnection } from '@callplane/messaging';
import {
  CallStore,
  createDataSource,
  migrate,
  newId,
  RunnerStore,
  seedDemo,
  type CallRow,
  type DataSource,
} from '@callplane/persistence';
import { openService, type RunningService } from '@callplane/service-kit';
import {
  answerCommands,
  startNats,
  startPostgres,
  temporaryFolder,
  waitFor,
  type AnsweredCommand,
  type CommandAnswers,
} from '@callplane/testing';
import { dispatcherConfig } from './dispatcher.config.ts';
import { DispatcherModule } from './dispatcher.module.ts';

export const NODE = 'fake';
const TERMINAL = ['ended', 'not_connected', 'canceled'];

/** A real dispatcher on real Postgres and NATS; runner gateway, bridge and SIP gateway are played by the spec over NATS. */
export interface DispatcherBench {
  service: RunningService;
  db: DataSource;
  calls: CallStore;
  nc: NatsConnection;
  commands: AnsweredCommand[];
  held: Set<string>;
  /** Overrides of what the played services answer. */
  answers: CommandAnswers;
  create(settings?: Partial<CallSettings>): Promise<string>;
  fact<T extends FactMessageType>(type: T, callId: string, data: FactPayload<T>): Promise<void>;
  call(callId: string): Promise<CallRow>;
  until(callId: string, state: string): Promise<CallRow>;
  ended(callId: string): Promise<CallRow>;
  sent(name: string, callId: string): AnsweredCommand[];
  addRunner(workerId?: string, capacity?: number): Promise<void>;
  close(): Promise<void>;
}

export async function openBench(): Promise<DispatcherBench> {
  const folder = temporaryFolder('dispatcher-');
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
  const config = dispatcherConfig.parse({
    PORT: 0,
    DATABASE_URL: postgres.url,
    NATS_URL: nats.url,
    CALLPLANE_SECRET: 'x'.repeat(32),
    LOG_LEVEL: 'silent',
    DISPATCH_LEASE_MS: 3000,
    DISPATCH_SWEEP_MS: 200,
  });
  const service = await openService({ app: 'dispatcher', config: dispatcherConfig, module: DispatcherModule }, config);
  const db = await createDataSource(postgres.url, 5).initialize();
  const nc = await connectNats(nats.url, 'spec');
  const played = playServices(nc);
  const facts = new FactPublisher(nc);
  const calls = new CallStore(db);
  let sequence = 0;

  const call = async (callId: string): Promise<CallRow> => (await calls.callById(callId))!;
  return {
    service,
    db,
    calls,
    nc,
    ...played,
    call,
    create: (settings = {}) => createCall(calls, settings),
    fact: async (type, callId, data) => {
      sequence += 1;
      const of = { id: `${callId}:spec:${sequence}`, callId, sequence, at: Date.now() };
      await facts.publish(factMessage(type, of, data));
    },
    until: (callId, state) =>
      waitFor(`${callId} ${state}`, async () => (await call(callId)).state === state && call(callId), 15_000),
    ended: (callId) =>
      waitFor(`${callId} over`, async () => TERMINAL.includes((await call(callId)).state) && call(callId), 15_000),
    sent: (name, callId) => played.commands.filter((c) => c.name === name && c.data['callId'] === callId),
    addRunner: (workerId = 'demo-agent#1', capacity = 100) =>
      new RunnerStore(db).register({
        accountId: 'acc_demo',
        workerId,
        agentId: 'demo-agent',
        pool: 'demo-agent',
        capacity,
        gateway: NODE,
        placement: {},
      }),
    close: async () => {
      await service.stop('SIGINT');
      played.stop();
      await nc.close();
      await db.destroy();
      await nats.stop();
      await postgres.stop();
      folder.remove();
    },
  };
}

/** Everything goes well unless `answers` says otherwise. */
function playServices(nc: NatsConnection): {
  commands: AnsweredCommand[];
  held: Set<string>;
  answers: CommandAnswers;
  stop: () => void;
} {
  const bus = new NatsBus(nc);
  const held = new Set<string>();
  const answers: CommandAnswers = {};
  const ok = { ok: true } as const;
  const hold = (callId: string): CommandReply<'place-call'> => {
    held.add(callId);
    return { ok: true, node: NODE };
  };
  const commands = answerCommands(nc, NODE, {
    'assign-runner': (data) => answers['assign-runner']?.(data) ?? ok,
    'open-bridge': (data) => answers['open-bridge']?.(data) ?? hold(data.callId),
    'place-call': (data) => (answers['place-call'] === undefined ? hold(data.callId) : answers['place-call'](data)),
    'start-conversation': (data) => answers['start-conversation']?.(data) ?? ok,
    'close-bridge': (data) => answers['close-bridge']?.(data) ?? ok,
    'delete-room': (data) => answers['delete-room']?.(data) ?? ok,
    'hang-up-leg': (data) => answers['hang-up-leg']?.(data) ?? { ok: true, outcome: 'confirmed' },
  });
  const stops = ['media-bridge', 'sip-originator'].map((app) => startBeat(bus, app, NODE, () => [...held]));
  return { commands, held, answers, stop: () => stops.forEach((stop) => stop()) };
}

async function createCall(calls: CallStore, settings: Partial<CallSettings>): Promise<string> {
  const id = newId('cal');
  await calls.createCall({
    id,
    accountId: 'acc_demo',
    orgHandle: 'demo',
    agentId: 'demo-agent',
    pipeId: null,
    toNumber: '+15550100001',
    fromNumber: '+15550109001',
    numberId: 'num_demo_1',
    trunkId: 'trk_demo',
    instructions: null,
    data: {},
    snapshot: newCall({ id, direction: 'outbound', createdAt: Date.now(), settings }),
    idempotency: null,
  });
  return id;
}
