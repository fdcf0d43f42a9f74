import { waitFor } from '@callplane/testing';
import { NODE_ID } from '@callplane/service-kit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bridgeUrl, HELLO, openSocketBench, Peer, PlayedBridge, type SocketBench } from '../sockets.suite.ts';

let bench: SocketBench;
let callId: string;
let bridge: PlayedBridge;
const peers: Peer[] = [];
const bridges: PlayedBridge[] = [];

beforeAll(async () => {
  bench = await openSocketBench();
});
afterAll(() => bench.close());
beforeEach(async () => {
  callId = await bench.createCall('job_1');
  bridge = playBridge();
});
afterEach(() => {
  for (const peer of peers.splice(0)) peer.socket.terminate();
  for (const played of bridges.splice(0)) played.stop();
});

function playBridge(): PlayedBridge {
  const played = new PlayedBridge(bench.bus, callId);
  bridges.push(played);
  return played;
}

function dial(of: { jobId?: string; url?: string; hello?: unknown } = {}): Peer {
  const peer = new Peer(of.url ?? bridgeUrl(bench.origin, callId, of.jobId ?? 'job_1'));
  peers.push(peer);
  if (of.hello !== null) peer.send(of.hello ?? HELLO);
  return peer;
}

async function attached(hello: unknown = HELLO): Promise<Peer> {
  const peer = dial({ hello });
  await peer.frame(1);
  return peer;
}

const verbs = (): unknown[] =>
  bridge.received.filter((message) => message.t === 'frame').map((message) => message.frame);
const text = (peer: Peer, from = 2): unknown[] => peer.frames.slice(from);

describe('the handshake', () => {
  it('answers hello with hello.ack and call.started, nothing in between, even when the bridge speaks at once', async () => {
    const answer = bridge.answer;
    bridge.answer = (request) => {
      bridge.send({ event: 'state', state: 'listening', turn_id: 0, call_id: callId }, request.connectionId);
      return answer(request);
    };
    const peer = dial();
    await peer.frame(2);
    expect(peer.frames).toEqual([
      {
        event: 'hello.ack',
        protocol_version: 2,
        negotiated_events: HELLO.supported_events,
        negotiated_verbs: HELLO.supported_verbs,
        call_id: callId,
        session_id: callId,
        job_id: 'job_1',
        room_id: `room_${callId}`,
      },
      { event: 'call.started', session_id: callId, job_id: 'job_1', room_id: `room_${callId}`, metadata: {} },
      { event: 'state', state: 'listening', turn_id: 0, call_id: callId },
    ]);
    expect(bridge.attached).toMatchObject([
      {
        connectionId: expect.stringMatching(/^con_/) as string,
        gateway: NODE_ID,
        jobId: 'job_1',
        workerId: 'echo-agent#1',
        supportedEvents: HELLO.supported_events,
        supportedVerbs: HELLO.supported_verbs,
      },
    ]);
  });

  it('waits for a bridge that is still opening', async () => {
    bridge.stop();
    const peer = dial();
    await new Promise((resolve) => setTimeout(resolve, 500));
    bridge = playBridge();
    expect(await peer.frame(1)).toMatchObject({ event: 'call.started' });
  });

  it('asks again when the answer of the bridge got lost', async () => {
    const answer = bridge.answer;
    bridge.answer = (request) => {
      if (bridge.attached.length === 1) throw new Error('the answer is lost');
      return answer(request);
    };
    expect(await dial().frame(1)).toMatchObject({ event: 'call.started' });
    expect(bridge.attached[0]).toEqual(bridge.attached[1]);
  });

  it('gives up with a code the runner may retry when no bridge comes', async () => {
    bridge.stop();
    expect(await dial().close()).toMatchObject({ code: 1013 });
  }, 15_000);

  it('stops waiting when the call ends meanwhile', async () => {
    bridge.stop();
    const peer = dial();
    await new Promise((resolve) => setTimeout(resolve, 200));
    await bench.endCall(callId, 'USER_DID_NOT_PICK_UP');
    expect(await peer.close()).toEqual({ code: 4003, reason: 'the call has ended: USER_DID_NOT_PICK_UP' });
  });

  it('passes on the close code of a bridge that refuses', async () => {
    bridge.answer = () => ({ ok: false, code: 4009, reason: 'already connected' });
    expect(await dial().close()).toEqual({ code: 4009, reason: 'already connected' });
  });

  it('refuses a second socket while the first one is alive, and takes it when the first one died', async () => {
    const free = bridge.answer;
    let holder: string | undefined;
    bridge.answer = (request) => {
      const gone = bridge.received.some((message) => message.t === 'closed' && message.connectionId === holder);
      if (holder !== undefined && !gone) return { ok: false, code: 4009, reason: 'already connected', holder };
      holder = request.connectionId;
      return free(request);
    };
    const first = await attached();
    expect(await dial().close()).toEqual({ code: 4009, reason: 'already connected' });
    expect(first.closed).toBeUndefined();
    // Stops reading without a word, as a machine that lost its network does.
    first.socket.pause();
    expect(await dial().frame(1)).toMatchObject({ event: 'call.started' });
    holder = 'con_of_a_process_that_was_killed';
    expect(await dial().frame(1)).toMatchObject({ event: 'call.started' });
  });

  it('closes 1003 when the first frame is not hello, and when none comes', async () => {
    const talkative = dial({ hello: { event: 'agent.say', text: 'hi' } });
    const silent = dial({ hello: null });
    expect(await talkative.close()).toMatchObject({ code: 1003 });
    expect(await silent.close()).toMatchObject({ code: 1003 });
    expect(bridge.attached).toEqual([]);
  }, 15_000);

  it('tells the bridge when the runner leaves before it was answered', async () => {
    bridge.answer = () => {
      peers[0]?.socket.terminate();
      return { ok: true, roomId: 'r', started: { event: 'call.started' } };
    };
    dial();
    await waitFor('closed', () => bridge.received.some((message) => message.t === 'closed'));
  });
});

describe('who may dial', () => {
  it.each<[string, (origin: string) => string]>([
    ['no token', (origin) => `${origin}/v1/bridge/${callId}`],
    ['a bad token', (origin) => `${origin}/v1/bridge/${callId}?token=job_1.bad`],
    ['the token of another call', (origin) => bridgeUrl(origin, 'cal_other', 'job_1').replace('cal_other', callId)],
    ['a call that does not exist', (origin) => bridgeUrl(origin, 'cal_none', 'job_1')],
    ['no call at all', (origin) => `${origin}/v1/bridge/`],
  ])('accepts the upgrade and closes 4003: %s', async (_what, url) => {
    const peer = dial({ url: url(bench.origin) });
    expect(await peer.close()).toEqual({ code: 4003, reason: 'unknown call or bad token' });
    expect(bridge.attached).toEqual([]);
  });

  it('refuses the runner whose job was given to another', async () => {
    await bench.db.query(`UPDATE call SET job_id = 'job_2' WHERE id = $1`, [callId]);
    expect(await dial().close()).toEqual({ code: 4003, reason: 'the call was given to another runner' });
    const other = dial({ jobId: 'job_2' });
    expect(await other.frame(1)).toMatchObject({ event: 'call.started' });
  });

  it('says 4003 for ever once the call has ended', async () => {
    await bench.endCall(callId, 'USER_HUNG_UP_IN_CALL', 3600);
    for (let n = 0; n < 3; n += 1)
      expect(await dial().close()).toEqual({ code: 4003, reason: 'the call has ended: USER_HUNG_UP_IN_CALL' });
  });

  it('lets a runner come back while the bridge takes it, each time as a new connection', async () => {
    const first = await attached();
    first.socket.close();
    await waitFor('closed', () => bridge.received.some((message) => message.t === 'closed' && message.code === 1005));
    const second = await attached();
    bridge.send({ event: 'state', state: 'idle', turn_id: 0, call_id: callId }, bridge.attached[0]?.connectionId);
    bridge.send({ event: 'state', state: 'speaking', turn_id: 0, call_id: callId });
    expect(await second.frame(2)).toMatchObject({ state: 'speaking' });
    expect(new Set(bridge.attached.map((request) => request.connectionId)).size).toBe(2);
  });

  it('asks to come back while the database is away', async () => {
    await bench.db.query('ALTER TABLE call RENAME TO call_away');
    try {
      expect(await dial().close()).toMatchObject({ code: 1013 });
    } finally {
      await bench.db.query('ALTER TABLE call_away RENAME TO call');
    }
  });
});

describe('the relay', () => {
  it('passes verbs to the bridge in order, and says when the socket is gone', async () => {
    const peer = await attached();
    const sent = Array.from({ length: 500 }, (_, n) => ({ event: 'agent.text.delta', text: `w${n} ` }));
    for (const frame of sent) peer.send(frame);
    peer.send({ event: 'agent.text.end' });
    peer.send({ event: 'agent.end_call', reason: 'completed' });
    peer.socket.close(1000, 'done');
    await waitFor('the close', () => bridge.received.some((message) => message.t === 'closed'));
    expect(verbs()).toEqual([...sent, { event: 'agent.text.end' }, { event: 'agent.end_call', reason: 'completed' }]);
    const connectionId = bridge.attached[0]?.connectionId;
    expect(bridge.received.at(-1)).toEqual({ t: 'closed', connectionId, code: 1000, reason: 'done' });
  });

  it('keeps what a hasty runner says before call.started', async () => {
    bridge.stop();
    const peer = dial();
    peer.send({ event: 'agent.say', text: 'Hello' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    bridge = playBridge();
    await waitFor('the verb', () => verbs().length === 1);
    expect(verbs()).toEqual([{ event: 'agent.say', text: 'Hello' }]);
  });

  it('passes on a frame of 1 MiB, in pieces NATS takes, and closes 1009 on a larger one', async () => {
    const peer = await attached();
    const shell = JSON.stringify({ event: 'agent.text.delta', text: '' }).length;
    const words = 'a'.repeat(1024 * 1024 - shell);
    peer.send({ event: 'agent.text.delta', text: words });
    peer.send({ event: 'agent.text.end' });
    await waitFor('the end', () => verbs().some((frame) => (frame as { event: string }).event === 'agent.text.end'));
    const heard = verbs().map((frame) => (frame as { text?: string }).text ?? '');
    expect(heard.join('') === words).toBe(true);
    peer.send({ event: 'agent.text.delta', text: `${words}b` });
    expect(await peer.close()).toMatchObject({ code: 1009 });
  });

  it('ignores garbage and keeps the connection', async () => {
    const peer = await attached();
    for (const garbage of ['{', '[]', '7', '{"event":"agent.dance"}', '{"event":"agent.say"}', 'x'.repeat(900_000)])
      peer.send(garbage);
    peer.socket.send(Buffer.from(JSON.stringify({ event: 'agent.say', text: 'binary' })), { binary: true });
    await waitFor('the verb after it', () => verbs().length === 1);
    expect(verbs()).toEqual([{ event: 'agent.say', text: 'binary' }]);
    expect(peer.closed).toBeUndefined();
  });

  it('closes 1009 when frames flood in', async () => {
    const peer = await attached();
    for (let n = 0; n < 25_000; n += 1) peer.socket.send('{}');
    expect(await peer.close()).toMatchObject({ code: 1009 });
  });

  it('sends extension events only to a client that listed them, and unknown ones to nobody', async () => {
    const plain = await attached();
    bridge.send({ event: 'user.partial', text: 'good mor' });
    bridge.send({ event: 'made.up' });
    bridge.send({ event: 'user.text', text: 'good morning', is_final: true, extra: { language: 'en' } });
    expect(await plain.frame(2)).toMatchObject({ event: 'user.text' });
    plain.socket.terminate();
    const extended = await attached({ ...HELLO, supported_events: [...HELLO.supported_events, 'user.partial'] });
    bridge.send({ event: 'user.partial', text: 'good mor' });
    expect(await extended.frame(2)).toEqual({ event: 'user.partial', text: 'good mor' });
    expect(text(plain)).toHaveLength(1);
  });

  it('closes as the bridge orders, with a reason cut to 123 bytes', async () => {
    const peer = await attached();
    bridge.send({ event: 'state', state: 'idle', turn_id: 1, call_id: callId, end_reason: 'USER_HUNG_UP_IN_CALL' });
    bridge.close(1000, 'ü'.repeat(100));
    expect(await peer.close()).toEqual({ code: 1000, reason: 'ü'.repeat(61) });
    expect(text(peer)).toMatchObject([{ end_reason: 'USER_HUNG_UP_IN_CALL' }]);
  });

  it('cuts off a runner that reads too slowly', async () => {
    const peer = await attached();
    peer.socket.pause();
    const words = 'x'.repeat(500_000);
    for (let n = 0; n < 60; n += 1) bridge.send({ event: 'user.text', text: words, is_final: true, extra: {} });
    await waitFor('the bridge to hear of it', () => bridge.received.some((message) => message.t === 'closed'));
  });

  it('tells the bridge at once that the agent failed when its runner closes 1011', async () => {
    const peer = await attached();
    peer.socket.close(1011, 'the agent failed');
    await waitFor('the redial', () => bridge.received.length === 2);
    const connectionId = bridge.attached[0]?.connectionId;
    expect(bridge.received).toEqual([
      { t: 'closed', connectionId, code: 1000, reason: 'the agent failed' },
      { t: 'redialled', connectionId },
    ]);
  });

  it('ends the socket of a call that is over while its bridge says nothing', async () => {
    const peer = await attached();
    await bench.endCall(callId, 'MAX_DURATION_REACHED', 6);
    expect(await peer.close()).toEqual({ code: 1000, reason: 'MAX_DURATION_REACHED' });
    expect(peer.frames.at(-1)).toEqual({
      event: 'state',
      state: 'idle',
      turn_id: 0,
      call_id: callId,
      status: 'completed',
      end_reason: 'MAX_DURATION_REACHED',
    });
  });
});
