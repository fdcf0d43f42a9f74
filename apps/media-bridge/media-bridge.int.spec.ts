import { NODE_ID } from '@callplane/service-kit';
import { waitFor } from '@callplane/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Caller, openBench, openOrder, Runner, type Bench } from './media-bridge.suite.ts';
import { MS_PER_CHARACTER, SpeechWorker } from './speech-worker.suite.ts';

let bench: Bench;
let worker: SpeechWorker;
let count = 0;

beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());
beforeEach(() => {
  worker = new SpeechWorker(bench.bus, `w${count}`);
});
afterEach(async () => {
  worker.kill();
  if (bench.service.stopping) return;
  // A test that failed half-way leaves its call to nobody.
  const held = await bench.command('read-bridge', {});
  const callIds = held.outcome === 'reply' ? held.reply.callIds : [];
  for (const callId of callIds) await bench.command('close-bridge', { callId, status: 'failed', endReason: 'X' });
});

interface Call {
  callId: string;
  roomName: string;
  runner: Runner;
  caller: Caller;
}

/** A call that is answered, its runner attached. */
async function openCall(
  changes: Parameters<typeof openOrder>[1] & { events?: string[]; start?: boolean } = {},
): Promise<Call> {
  count += 1;
  const { events, start, ...order } = changes;
  const callId = `cal_${count}`;
  const opened = await bench.command('open-bridge', openOrder(callId, order));
  expect(opened).toEqual({ outcome: 'reply', reply: { ok: true, node: NODE_ID } });
  const runner = new Runner(bench, callId);
  await bench.nc.flush();
  expect(await runner.dial('c1', events)).toMatchObject({ ok: true });
  const roomName = `call_${callId}`;
  const caller = await Caller.join(bench, roomName, callId);
  if (start !== false) await startCall(callId);
  return { callId, roomName, runner, caller };
}

const startCall = (callId: string): Promise<unknown> =>
  bench.command('start-conversation', { callId, activeAt: Date.now() });

async function closeCall({ callId, caller }: Call, endReason = 'USER_HUNG_UP_IN_CALL'): Promise<void> {
  const closed = await bench.command('close-bridge', { callId, status: 'completed', endReason });
  expect(closed).toEqual({ outcome: 'reply', reply: { ok: true } });
  await caller.leave();
}

const words = async (callId: string): Promise<string[]> =>
  (await bench.transcripts.segments(callId)).map(
    ({ role, text, heard }) => `${role}: ${text}${heard === null ? '' : ` [${heard}]`}`,
  );

const heldCalls = async (callId?: string): Promise<unknown> =>
  bench.command('read-bridge', callId === undefined ? {} : { callId });

describe('open-bridge', () => {
  it('is ready with the room joined, holds speech until the start, and leaves nothing behind', async () => {
    const startedAt = performance.now();
    const call = await openCall({ start: false });
    const { callId, roomName, runner, caller } = call;
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect((await bench.rooms.listParticipants(roomName)).map((p) => p.identity).sort()).toEqual([
      `agent_${callId}`,
      `sip_${callId}`,
    ]);
    expect(await heldCalls(callId)).toEqual({
      outcome: 'reply',
      reply: { ok: true, node: NODE_ID, callIds: [callId] },
    });
    runner.say('Hello from the agent.');
    await bench.nc.flush();
    // An answered command is behind the words on the bridge's connections; the words had time to be spoken.
    await heldCalls(callId);
    expect(worker.spoken).toEqual([]);
    await startCall(callId);
    await startCall(callId);
    await waitFor('the held words at the caller', () => caller.loudAt.length > 20);
    expect(worker.spoken).toEqual(['Hello from the agent.']);
    await waitFor('idle', () => runner.got('state').some((frame) => frame['state'] === 'idle'));
    await closeCall(call);
    expect(await words(callId)).toEqual(['assistant: Hello from the agent.']);
    expect(await bench.rooms.listRooms(roomName)).toEqual([]);
    expect(worker.open).toBe(0);
    expect(await heldCalls()).toMatchObject({ reply: { callIds: [] } });
    expect(bench.factsOf(callId)).toEqual(['runner-attached {"workerId":"echo#1"}', 'agent-spoke {"turn":1}']);
    const [first] = bench.facts.filter((fact) => fact.callId === callId);
    expect(first).toMatchObject({ id: `${callId}:bridge:${NODE_ID}:1`, sequence: 1 });
  });

  it('shows the runner the call as the SDK wants it, and refuses a second socket', async () => {
    const callId = 'cal_brief';
    await bench.command('open-bridge', openOrder(callId, { greeting: 'unused' }));
    const runner = new Runner(bench, callId);
    const reply = await runner.dial('c1');
    expect(reply).toEqual({
      ok: true,
      roomId: `call_${callId}`,
      started: {
        event: 'call.started',
        session_id: callId,
        job_id: `job_${callId}`,
        room_id: `call_${callId}`,
        voice_profile_id: 'vp_1',
        agent_id: 'echo-agent',
        metadata: {
          direction: 'outbound',
          user_number: '+15550100001',
          to_number: '+15550100001',
          from_number: '+15550109001',
          instructions: 'be brief',
          agent_id: 'echo-agent',
          project_id: 'acc_1',
          org_id: 'acme',
          pipe_id: 'pip_1',
          data: { customer_id: 'C1', call_id: callId },
        },
      },
    });
    expect(await runner.dial('c2')).toMatchObject({ ok: false, code: 4009 });
    await bench.command('close-bridge', { callId, status: 'failed', endReason: 'USER_BUSY' });
    expect(runner.frames).toEqual([
      {
        t: 'frame',
        connectionId: 'c1',
        frame: {
          event: 'state',
          state: 'idle',
          turn_id: 0,
          call_id: callId,
          status: 'failed',
          end_reason: 'USER_BUSY',
        },
      },
      { t: 'close', connectionId: 'c1', code: 1000, reason: 'USER_BUSY' },
    ]);
    expect(worker.spoken).toEqual([]);
  });

  it('says why it cannot, and leaves no room', async () => {
    worker.refuseSpeak = 'provider-missing';
    const refused = await bench.command('open-bridge', openOrder('cal_no_voice'));
    expect(refused).toMatchObject({ reply: { ok: false, code: 'tts_unavailable' } });
    worker.refuseSpeak = undefined;
    worker.refuseHear = 'provider-unknown';
    expect(await bench.command('open-bridge', openOrder('cal_no_voice'))).toMatchObject({
      reply: { ok: false, code: 'stt_unavailable', message: 'provider-unknown: no recogniser' },
    });
    expect(await bench.rooms.listRooms()).toEqual([]);
    expect(await heldCalls()).toMatchObject({ reply: { callIds: [] } });
    worker.refuseHear = undefined;
    worker.kill();
    expect(await bench.command('open-bridge', openOrder('cal_no_worker'))).toMatchObject({
      reply: { ok: false, code: 'stt_unavailable' },
    });
  });

  it('asked twice opens one bridge; other commands for a call that is not here are answered', async () => {
    const both = await Promise.all([
      bench.command('open-bridge', openOrder('cal_twice')),
      bench.command('open-bridge', openOrder('cal_twice')),
    ]);
    expect(both).toMatchObject([{ reply: { ok: true } }, { reply: { ok: true } }]);
    expect(worker.opened).toHaveLength(2);
    const end = { callId: 'cal_twice', status: 'completed', endReason: 'X' } as const;
    await Promise.all([bench.command('close-bridge', end), bench.command('close-bridge', end)]);
    expect(await bench.command('close-bridge', end)).toMatchObject({ reply: { ok: true } });
    expect(await startCall('cal_nowhere')).toMatchObject({ reply: { ok: false, code: 'unknown_call' } });
    await bench.rooms.createRoom('call_left_over');
    const gone = { callId: 'cal_x', roomName: 'call_left_over' };
    expect(await bench.command('delete-room', gone)).toMatchObject({ reply: { ok: true } });
    expect(await bench.command('delete-room', gone)).toMatchObject({ reply: { ok: true } });
    expect(await bench.rooms.listRooms()).toEqual([]);
  });
});

describe('the conversation', () => {
  it('one turn: words to the runner, the reply to the caller, figures and transcript', async () => {
    const call = await openCall({ events: ['agent.spoken'] });
    const { callId, runner, caller } = call;
    worker.script.push('what is the time');
    runner.onFrame = (frame) => {
      if (frame['event'] === 'user.text') runner.reply('It is exactly ', 'four o clock.');
    };
    await caller.speak(400);
    await waitFor('the reply at the caller', () => caller.loudAt.length > 10);
    await waitFor('the figures', () => runner.got('turn.metrics').length > 0);
    expect(runner.got('user.text')).toEqual([
      { event: 'user.text', text: 'what is the time', is_final: true, extra: { language: 'en' } },
    ]);
    expect(runner.got('agent.spoken')).toMatchObject([{ turn_id: 1, text: 'It is exactly four o clock.' }]);
    expect(runner.got('user.partial')).toEqual([]);
    const figures = runner.got('turn.metrics')[0]!;
    expect(figures).toMatchObject({ turn_id: 1, call_id: callId });
    for (const name of ['ttfa_ms', 'asr_ms', 'llm_ttft_ms', 'tts_ttfb_ms'])
      expect(figures[name]).toEqual(expect.any(Number));
    expect(figures['asr_ms']).toBeGreaterThan(150);
    expect(runner.got('state').map((frame) => frame['state'])).toEqual(['listening', 'thinking', 'speaking', 'idle']);
    await closeCall(call);
    expect(await words(callId)).toEqual(['user: what is the time', 'assistant: It is exactly four o clock.']);
    expect(await bench.transcripts.turnMetrics(callId)).toHaveLength(1);
    expect(runner.frames.at(-1)).toMatchObject({ t: 'close', code: 1000, reason: 'USER_HUNG_UP_IN_CALL' });
    expect(runner.got('state').at(-1)).toMatchObject({ status: 'completed', end_reason: 'USER_HUNG_UP_IN_CALL' });
    expect(bench.factsOf(callId).slice(1)).toEqual(['caller-spoke {"turn":1}', 'agent-spoke {"turn":1}']);
  });

  it('barge-in: the agent falls silent at once and the runner learns what was heard', async () => {
    const greeting = `This is a greeting ${'that goes on and on '.repeat(8)}to its very end.`;
    const call = await openCall({ greeting });
    const { callId, runner, caller } = call;
    worker.script.push('stop it');
    await waitFor('the greeting', () => caller.loudAt.length > 50);
    await caller.speak(300);
    await waitFor('user.text', () => runner.got('user.text').length > 0);
    // What was heard is far less than what was to be said, and nothing follows.
    expect(caller.loudAt.length * 20).toBeLessThan((greeting.length * MS_PER_CHARACTER) / 2);
    const [interrupted] = runner.got('user.interrupted');
    expect(String(interrupted!['heard_prefix'])).toMatch(/^This is a/);
    expect(String(interrupted!['heard_prefix'])).not.toMatch(/end/);
    await closeCall(call);
    expect(await words(callId)).toEqual([
      `assistant: ${greeting} [${String(interrupted!['heard_prefix'])}]`,
      'user: stop it',
    ]);
  });

  it('end_call is reported after the good-bye was played, whatever the socket does', async () => {
    const call = await openCall();
    const { callId, runner, caller } = call;
    runner.say('Good bye and thank you.');
    runner.send({ event: 'agent.end_call', reason: 'completed' });
    runner.closed(1000);
    await waitFor('the good-bye', () => caller.loudAt.length > 5);
    expect(bench.factsOf(callId)).not.toContain('runner-ended {"how":"end_call","reason":"completed"}');
    await waitFor('the end', () => bench.factsOf(callId).some((fact) => fact.startsWith('runner-ended')));
    await waitFor('all of it at the caller', () => caller.loudAt.length * 20 > 800);
    expect(bench.factsOf(callId).filter((fact) => fact.startsWith('runner-'))).toEqual([
      'runner-attached {"workerId":"echo#1"}',
      'runner-ended {"how":"end_call","reason":"completed"}',
    ]);
    await closeCall(call, 'AGENT_ENDED_CALL');
  });

  it('the redial rules: a broken socket may return, one that closed in order and redials has failed', async () => {
    const call = await openCall();
    const { callId, runner } = call;
    runner.closed(1006);
    await waitFor('detached', () => bench.factsOf(callId).length === 2);
    expect(await runner.dial('c2')).toMatchObject({ ok: true });
    runner.closed(1000);
    await bench.nc.flush();
    expect(await runner.dial('c3')).toMatchObject({ ok: false, code: 4003 });
    await waitFor('ended', () => bench.factsOf(callId).length === 4);
    expect(bench.factsOf(callId).slice(1)).toEqual([
      'runner-detached {"code":1006,"willReturn":true}',
      'runner-attached {"workerId":"echo#1"}',
      'runner-ended {"how":"error"}',
    ]);
    await closeCall(call, 'AGENT_ERROR');
  });

  it('closing in the middle of a reply: user.interrupted first, then the last state and the close', async () => {
    const call = await openCall();
    const { callId, runner, caller } = call;
    worker.script.push('tell me everything');
    runner.onFrame = (frame) => {
      if (frame['event'] === 'user.text')
        runner.send({ event: 'agent.text.delta', text: 'Well, it all began a very long time ago. There ' });
      if (frame['event'] === 'user.interrupted') runner.send({ event: 'agent.text.end' });
    };
    await caller.speak(300);
    await waitFor('the reply', () => caller.loudAt.length > 40);
    await closeCall(call);
    const order = runner.frames.map((message) => (message.t === 'frame' ? message.frame['event'] : message.t));
    expect(order.indexOf('user.interrupted')).toBeGreaterThan(0);
    expect(order.slice(-3)).toEqual(['turn.metrics', 'state', 'close']);
    expect((await words(callId)).at(-1)).toMatch(/^assistant: Well, it all began .* \[Well/);
  });

  it('hanging up while the caller speaks still stores the last words', async () => {
    const call = await openCall({ events: ['user.partial'] });
    worker.script.push('never mind');
    void call.caller.speak(5000);
    await waitFor('a partial at the runner', () => call.runner.got('user.partial').length > 0);
    await closeCall(call);
    expect(await words(call.callId)).toEqual(['user: never mind']);
  });
});

describe('when something breaks', () => {
  it('a speech worker that dies is replaced, and what it had not said is said', async () => {
    const call = await openCall();
    const { runner, caller } = call;
    worker.mute = true;
    runner.say('Said by the second worker.');
    await waitFor('the first worker has the words', () => worker.spoken.length === 1);
    const second = new SpeechWorker(bench.bus, `second${count}`);
    await bench.nc.flush();
    worker.kill();
    await waitFor('the second worker speaks', () => second.spoken.length === 1);
    await waitFor('the words at the caller', () => caller.loudAt.length > 10);
    second.script.push('still here');
    await caller.speak(300);
    await waitFor('the second worker hears', () => runner.got('user.text').length === 1);
    let opened = second.opened.length;
    second.tell({ t: 'error', code: 'engine-failed', message: 'gone' });
    await waitFor('another stream', () => second.opened.slice(opened).some((id) => id.includes('-hear-')));
    opened = second.opened.length;
    second.send({ segment: 0, last: true, failed: true, error: { code: 'engine-failed', message: 'gone' } });
    await waitFor('another voice', () => second.opened.slice(opened).some((id) => id.includes('-speak-')));
    expect(bench.factsOf(call.callId).some((fact) => fact.startsWith('speech-failed'))).toBe(false);
    second.refuseHear = 'provider-missing';
    second.refuseSpeak = 'provider-missing';
    second.tell({ t: 'closed' });
    second.send({ segment: 0, last: true, failed: true, error: { code: 'engine-failed', message: 'gone' } });
    await waitFor(
      'both failed',
      () => bench.factsOf(call.callId).filter((f) => f.startsWith('speech-failed')).length === 2,
    );
    expect(bench.factsOf(call.callId)).toContain('speech-failed {"which":"stt","detail":"no recogniser"}');
    await closeCall(call, 'PLATFORM_ERROR');
    second.kill();
  });

  it('a room that is taken away is reported', async () => {
    const call = await openCall();
    await bench.rooms.deleteRoom(call.roomName);
    await waitFor('bridge-lost', () =>
      bench.factsOf(call.callId).includes('bridge-lost {"detail":"the room was left: ROOM_DELETED"}'),
    );
    await closeCall(call, 'MEDIA_CONNECTION_LOST');
  });

  it('a database that is away for a moment loses no words', async () => {
    const call = await openCall({ greeting: 'Hello there.' });
    await bench.db.query('ALTER TABLE transcript_segment RENAME TO away');
    await waitFor('the greeting', () => call.runner.got('state').some((frame) => frame['state'] === 'idle'));
    await bench.db.query('ALTER TABLE away RENAME TO transcript_segment');
    await closeCall(call);
    expect(await words(call.callId)).toEqual(['assistant: Hello there.']);
  });
});

describe('SIGTERM', () => {
  it('takes no new call and waits for the live one', async () => {
    const call = await openCall({ greeting: 'Still talking.' });
    let stopped = false;
    const stopping = bench.service.stop('SIGTERM').then(() => (stopped = true));
    await waitFor('refusal', async () => {
      const { outcome, ...answer } = await bench.command('open-bridge', openOrder('cal_late'), 2000);
      return outcome === 'nobody' || JSON.stringify(answer).includes('stopping');
    });
    await waitFor('the greeting', () => call.caller.loudAt.length > 5);
    expect(stopped).toBe(false);
    const end = { callId: call.callId, status: 'completed', endReason: 'USER_HUNG_UP_IN_CALL' } as const;
    const closing = bench.command('close-bridge', end);
    await waitFor('the close order', () => call.runner.frames.at(-1)?.t === 'close');
    await call.caller.leave();
    await closing;
    await stopping;
    expect(await bench.rooms.listRooms()).toEqual([]);
  });
});
