import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import type { CallContext } from '../session/call-context.ts';
import { AgentRunner, type AgentRunnerOptions } from './agent-runner.ts';

type Frame = Record<string, unknown>;

/** One accepted socket of the played platform. */
interface Line {
  socket: WebSocket;
  request: IncomingMessage;
  frames: Frame[];
  send(frame: Frame): void;
}

let server: Server;
let origin: string;
let control: Line[];
let bridges: Line[];
let runners: { runner: AgentRunner; done: Promise<void> }[];
let problems: string[];

beforeEach(async () => {
  [control, bridges, runners, problems] = [[], [], [], []];
  server = createServer();
  const upgrader = new WebSocketServer({ server });
  upgrader.on('connection', (socket, request) => {
    const frames: Frame[] = [];
    const line = { socket, request, frames, send: (frame: Frame) => socket.send(JSON.stringify(frame)) };
    socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString()) as Frame));
    (request.url?.startsWith('/v1/bridge/') === true ? bridges : control).push(line);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  for (const { runner, done } of runners) {
    await runner.stop(0);
    await done.catch(() => undefined);
  }
  for (const line of [...control, ...bridges]) line.socket.terminate();
  await new Promise((resolve) => server.close(resolve));
});

async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (let n = 0; n < 1500; n += 1) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('waited in vain');
}

function start(entrypoint: AgentRunnerOptions['entrypoint'], more: Partial<AgentRunnerOptions> = {}): AgentRunner {
  const runner = new AgentRunner({
    agentId: 'echo',
    entrypoint,
    baseUrl: origin,
    platformToken: 'plat',
    orgHandle: 'demo',
    maxConcurrentCalls: 1,
    onProblem: (message) => problems.push(message),
    ...more,
  });
  runners.push({ runner, done: runner.run() });
  return runner;
}

async function registered(index = 0): Promise<Line> {
  const line = await until(() => control[index]);
  await until(() => line.frames.find((frame) => frame['type'] === 'register'));
  line.send({ type: 'registered', heartbeat_interval_s: 1, transport_ack: 'dial_out' });
  return line;
}

const assign = (n: number, more: Frame = {}): Frame => ({
  type: 'job.assign',
  job_id: `job_${n}`,
  call_id: `cal_${n}`,
  agent_id: 'echo',
  bridge_url: `${origin.replace('http', 'ws')}/v1/bridge/cal_${n}`,
  call_token: `tok en_${n}`,
  assign_id: `asg_${n}`,
  deadline_ms: 2000,
  metadata: {},
  ...more,
});

const acks = (line: Line): Frame[] => line.frames.filter((frame) => frame['type'] === 'job.ack');

async function handshake(index: number, data: Frame = {}): Promise<Line> {
  const line = await until(() => bridges[index]);
  await until(() => line.frames[0]);
  line.send({
    event: 'hello.ack',
    protocol_version: 2,
    call_id: 'cal_1',
    session_id: 'cal_1',
    job_id: 'j',
    room_id: 'r',
  });
  line.send({
    event: 'call.started',
    session_id: 'cal_1',
    job_id: 'j',
    room_id: 'r',
    voice_profile_id: 'vp_1',
    metadata: { direction: 'outbound', user_number: '+15550100001', instructions: 'be brief', data },
  });
  return line;
}

describe('the control socket', () => {
  it('authenticates, registers and beats', async () => {
    const runner = start(async () => undefined);
    const line = await registered();
    expect(line.request.url).toBe('/v1/internal/workers');
    expect(line.request.headers).toMatchObject({ authorization: 'Token plat', 'org-handle': 'demo' });
    expect(line.frames[0]).toMatchObject({
      type: 'register',
      worker_id: expect.stringMatching(/^echo#[0-9a-f]{8}$/) as string,
      pool: 'echo',
      capabilities: { max_concurrent: 1, agent_id: 'echo', transport: 'dial_out', kind: 'brain' },
    });
    const beat = { type: 'heartbeat', active_jobs: 0, worker_id: runner.workerId };
    await until(() => line.frames.filter((frame) => frame['type'] === 'heartbeat').length >= 2);
    expect(line.frames.slice(1, 3)).toEqual([beat, beat]);
  });

  it('comes back as the same worker after a loss', async () => {
    const runner = start(async () => undefined, { dev: true });
    const seen: string[] = [];
    runner.on('registered', (workerId) => void seen.push(workerId));
    (await registered()).socket.close(1012);
    const again = await registered(1);
    expect(again.frames[0]).toMatchObject({ worker_id: runner.workerId, pool: 'echo@dev' });
    await until(() => seen.length === 2);
    expect(problems).toEqual(['the control connection is gone, connecting again']);
  });

  it('stops for good when the credentials are refused', async () => {
    start(async () => undefined);
    (await until(() => control[0])).socket.close(4001, 'the token is unknown');
    await expect(runners[0]?.done).rejects.toThrow(/the token is unknown/);
  });

  it('says what is missing', async () => {
    await expect(
      new AgentRunner({ agentId: 'echo', entrypoint: async () => undefined, baseUrl: '' }).run(),
    ).rejects.toThrow(/UNPOD_BASE_URL/);
  });

  it('takes a job of its agent while it has room, once, and refuses others', async () => {
    start(async ({ session }) => void (await session.run()));
    const line = await registered();
    line.send(assign(1));
    line.send(assign(1));
    line.send(assign(2));
    line.send(assign(3, { agent_id: 'other' }));
    line.send({ type: 'job.assign', job_id: 'incomplete' });
    line.send({ type: 'made.up' });
    line.socket.send('garbage');
    await until(() => acks(line).length === 4);
    expect(acks(line)).toEqual([
      { type: 'job.ack', job_id: 'job_1', assign_id: 'asg_1', accepted: true, reason: null },
      { type: 'job.ack', job_id: 'job_1', assign_id: 'asg_1', accepted: true, reason: null },
      { type: 'job.ack', job_id: 'job_2', assign_id: 'asg_2', accepted: false, reason: 'at_capacity' },
      { type: 'job.ack', job_id: 'job_3', assign_id: 'asg_3', accepted: false, reason: 'agent_id_mismatch' },
    ]);
    await until(() => bridges.length === 1);
  });
});

describe('a call', () => {
  it('is served from call.started to the end, with its reason', async () => {
    const told: unknown[] = [];
    const runner = start(async (ctx: CallContext) => {
      told.push({ ...ctx, session: undefined });
      ctx.session.dialog = { turn: async (text) => `You said ${text}` };
      ctx.session.say('Hello');
      told.push(await ctx.session.run(), ctx.session.data);
    });
    runner.on('call_start', ({ callId }) => void told.push(`start ${callId}`));
    runner.on('call_end', (_ctx, how) => void told.push(how));
    (await registered()).send(assign(1, { metadata: { resumed: true } }));
    const bridge = await handshake(0, { customer_id: 'C1' });
    expect(bridge.request.url).toBe('/v1/bridge/cal_1?token=tok+en_1');
    expect(bridge.frames[0]).toMatchObject({ event: 'hello', protocol_version: 2 });
    bridge.send({ event: 'user.text', text: 'hi', is_final: true, extra: { language: 'en' } });
    await until(() => bridge.frames.length === 4);
    expect(bridge.frames.slice(1)).toEqual([
      { event: 'agent.say', text: 'Hello' },
      { event: 'agent.text.delta', text: 'You said hi' },
      { event: 'agent.text.end' },
    ]);
    bridge.send({ event: 'state', state: 'idle', turn_id: 1, status: 'completed', end_reason: 'USER_HUNG_UP_IN_CALL' });
    bridge.socket.close(1000, 'USER_HUNG_UP_IN_CALL');
    await until(() => told.length === 5);
    expect(told).toEqual([
      'start cal_1',
      {
        callId: 'cal_1',
        agentId: 'echo',
        direction: 'outbound',
        userNumber: '+15550100001',
        toNumber: undefined,
        fromNumber: undefined,
        instructions: 'be brief',
        data: { customer_id: 'C1' },
        voiceProfileId: 'vp_1',
        resumed: true,
        session: undefined,
      },
      'hangup',
      { status: 'completed', end_reason: 'USER_HUNG_UP_IN_CALL' },
      'ended',
    ]);
    await until(() => runner.activeCalls === 0);
  });

  it('is dialled up to three times, and given up at once when it is unknown', async () => {
    start(async () => undefined, { maxConcurrentCalls: 2 });
    const line = await registered();
    line.send(assign(1));
    for (const n of [0, 1, 2]) (await until(() => bridges[n])).socket.close(1013, 'not ready');
    await until(() => problems.length === 1);
    line.send(assign(2));
    (await until(() => bridges[3])).socket.close(4003, 'unknown call');
    await until(() => problems.length === 2);
    expect(bridges).toHaveLength(4);
  });

  it('outlives a broken connection: dialled again, nothing that was said is lost', async () => {
    start(async ({ session }) => {
      session.dialog = { turn: async () => 'reply' };
      await session.run();
    });
    (await registered()).send(assign(1));
    (await handshake(0)).socket.terminate();
    const again = await handshake(1);
    again.send({ event: 'user.text', text: 'still there?', is_final: true, extra: {} });
    await until(() => again.frames.at(-1)?.['event'] === 'agent.text.end');
    expect(again.frames[1]).toEqual({ event: 'agent.text.delta', text: 'reply' });
  });

  it('is over when nobody takes it back, with the reason the platform gives', async () => {
    let ended: unknown;
    start(async ({ session }) => {
      await session.run();
      ended = session.data['end_reason'];
    });
    (await registered()).send(assign(1));
    (await handshake(0)).socket.close(1012);
    (await until(() => bridges[1])).socket.close(4003, 'the call has ended: MAX_DURATION_REACHED');
    expect(await until(() => ended)).toBe('MAX_DURATION_REACHED');
  });

  it('is closed 1000 when the entrypoint returns and 1011 when it fails', async () => {
    const ends: string[] = [];
    const closes: number[] = [];
    let fails = false;
    const runner = start(async () => {
      if (fails) throw new Error('no database');
    });
    runner.on('call_end', (_ctx, how) => void ends.push(how));
    const line = await registered();
    line.send(assign(1));
    (await handshake(0)).socket.on('close', (code: number) => closes.push(code));
    await until(() => ends.length === 1 && runner.activeCalls === 0);
    fails = true;
    line.send(assign(2));
    (await handshake(1)).socket.on('close', (code: number) => closes.push(code));
    await until(() => closes.length === 2);
    expect(ends).toEqual(['ended', 'failed']);
    expect(closes).toEqual([1000, 1011]);
    expect(problems).toEqual(['the entrypoint failed']);
  });

  it('is given up on job.cancel, and the runner is free again', async () => {
    const runner = start(async ({ session }) => void (await session.run()));
    const line = await registered();
    line.send(assign(1));
    const bridge = await handshake(0);
    await until(() => runner.activeCalls === 1);
    line.send({ type: 'job.cancel', job_id: 'job_unknown' });
    line.send({ type: 'job.cancel', job_id: 'job_1' });
    await until(() => bridge.socket.readyState === bridge.socket.CLOSED && runner.activeCalls === 0);
  });
});

describe('stopping', () => {
  it('takes no more calls and lets the live one finish', async () => {
    const runner = start(async ({ session }) => void (await session.run()));
    (await registered()).send(assign(1));
    const bridge = await handshake(0);
    await until(() => runner.activeCalls === 1);
    let stopped = false;
    const stopping = runner.stop(5000).then(() => (stopped = true));
    await until(() => control[0]?.socket.readyState === 3);
    await runners[0]?.done;
    expect(stopped).toBe(false);
    bridge.socket.close(1000, 'USER_HUNG_UP_IN_CALL');
    await stopping;
    expect(runner.activeCalls).toBe(0);
  });
});
