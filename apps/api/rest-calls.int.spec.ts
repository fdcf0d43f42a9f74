import { hintFilter } from '@callplane/contracts';
import type { CallSnapshot } from '@callplane/domain';
import { TranscriptStore } from '@callplane/persistence';
import { waitFor } from '@callplane/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRestBench, type RestBench } from './rest.suite.ts';

const AGENT = 'echo-agent';
const TO = '+15550100001';
let bench: RestBench;

beforeAll(async () => {
  bench = await openRestBench();
  await bench.route('create-agent', { body: { agent_id: AGENT, brain: { type: 'runner' }, max_call_duration_s: 120 } });
  await bench.route('attach-number', { params: { number: 'num_demo_1' }, body: { agent_id: AGENT } });
});
afterAll(() => bench.close());

const create = (body: Record<string, unknown>, headers?: Record<string, string>) =>
  bench.route('create-call', { body: { to_number: TO, agent_id: AGENT, ...body }, ...(headers ? { headers } : {}) });

const snapshotOf = async (id: string): Promise<CallSnapshot> => {
  const [row] = await bench.db.query<{ snapshot: CallSnapshot }[]>('SELECT snapshot FROM call WHERE id = $1', [id]);
  return row!.snapshot;
};

describe('creating a call', () => {
  it('queues it with its first event, wakes the dispatcher, and answers pending', async () => {
    const hints: unknown[] = [];
    const subscription = bench.bus.subscribeJson(hintFilter('queued'), (hint) => hints.push(hint));
    await bench.bus.flush();
    const { status, body } = await create({ instructions: 'be brief', data: { customer_id: 'C1' } });
    expect(status).toBe(201);
    expect(body.data).toMatchObject({
      status: 'pending',
      agent_id: AGENT,
      from_number: '+15550109001',
      data: { customer_id: 'C1' },
      session_id: null,
      traces: { call_timings: {} },
    });
    const id: string = body.data.call_id;
    expect(await waitFor('the hint', () => hints[0])).toEqual({ callId: id });
    subscription.unsubscribe();
    const events = await bench.db.query('SELECT type, sequence FROM call_event WHERE call_id = $1', [id]);
    expect(events).toEqual([{ type: 'call.created', sequence: 1 }]);
    expect((await snapshotOf(id)).settings.maxDurationMs).toBe(120_000);
  });

  it('reads a number as people write it', async () => {
    expect((await create({ to_number: '+1 (555) 010-0001' })).body.data.to_number).toBe(TO);
  });

  it('hints the last call of a burst too', async () => {
    const hints: { callId: string }[] = [];
    const subscription = bench.bus.subscribeJson(hintFilter('queued'), (hint) => hints.push(hint as never));
    await bench.bus.flush();
    const made = await Promise.all(Array.from({ length: 20 }, () => create({})));
    const ids = made.map((answer) => answer.body.data.call_id as string);
    await waitFor('a hint after the last call', () => ids.includes(hints.at(-1)?.callId ?? ''));
    subscription.unsubscribe();
  });

  it('takes settings of the account, then of the pipe, in seconds', async () => {
    await bench.route('update-account', { body: { settings: { ring_timeout_s: 20, agent_wait_s: 60 } } });
    const pipe = await bench.route('create-pipe', {
      body: { name: 'quick', agent_id: AGENT, ring_timeout_s: 5, silence_s: null, voicemail_window_s: 3.5 },
    });
    const { body } = await create({ agent_id: undefined, pipe_id: pipe.body.data.pipe_id });
    const { settings } = await snapshotOf(body.data.call_id);
    expect(settings).toMatchObject({
      ringTimeoutMs: 5000,
      agentWaitMs: 60_000,
      silenceMs: null,
      queueAgeMs: 86_400_000,
    });
    expect(settings.thresholds).toMatchObject({ voicemailWindowMs: 3500, settleMs: 300 });
    expect(body.data).toMatchObject({ pipe_id: pipe.body.data.pipe_id, agent_id: AGENT });
    await bench.route('update-account', { body: { settings: {} } });
  });

  it('sees a change of the pipe at once', async () => {
    const pipe = await bench.route('create-pipe', { body: { name: 'p', agent_id: AGENT } });
    const id: string = pipe.body.data.pipe_id;
    await create({ pipe_id: id });
    await bench.route('update-pipe', { params: { pipe_id: id }, body: { max_call_duration_s: 77 } });
    const { body } = await create({ pipe_id: id });
    expect((await snapshotOf(body.data.call_id)).settings.maxDurationMs).toBe(77_000);
  });

  it('gives the same call for the same Idempotency-Key, and refuses another body under it', async () => {
    const key = { 'idempotency-key': 'order-17' };
    const first = await create({ data: { n: 1 } }, key);
    const again = await create({ data: { n: 1 } }, key);
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body.data.call_id).toBe(first.body.data.call_id);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const other = await create({ data: { n: 2 } }, key);
    expect(other.status).toBe(409);
    expect(other.body.code).toBe('idempotency_conflict');
  });

  it('makes one call of many requests with one key', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => create({}, { 'idempotency-key': 'storm' })));
    expect(new Set(answers.map((answer) => answer.body.data.call_id)).size).toBe(1);
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
  });

  it.each([
    ['no number', { to_number: null }, 422, 'invalid_request', 'to_number: A phone number in E.164 form is needed'],
    ['a number without country', { to_number: '5550100001' }, 422, 'invalid_request', 'Put + and the country code'],
    ['nobody who talks', { agent_id: null }, 422, 'invalid_request', 'give agent_id, pipe_id or both'],
    ['an unknown agent', { agent_id: 'nobody' }, 400, 'agent_not_found', 'agents.voice.create'],
    ['an unknown pipe', { pipe_id: 'pipe_x' }, 404, 'pipe_not_found', 'GET /v1/pipes'],
    [
      'a foreign number',
      { from_number: '+15550999999' },
      400,
      'unknown_from_number',
      'is not a number of this account',
    ],
    ['data that is no object', { data: 'x' }, 422, 'invalid_request', 'data'],
    ['a NUL character', { instructions: 'a\u0000b' }, 422, 'invalid_request', 'cannot be stored'],
    ['half a character', { data: { x: '\ud800' } }, 422, 'invalid_request', 'cannot be stored'],
  ])('refuses %s', async (_, change, status, code, sentence) => {
    const answer = await create(change);
    expect(answer.body).toMatchObject({ status_code: status, code });
    expect(answer.status).toBe(status);
    expect(answer.body.message).toContain(sentence);
  });

  it('refuses an agent without a number until it has one, and a pipe without an agent', async () => {
    await bench.route('create-agent', { body: { agent_id: 'mute' } });
    const refused = await create({ agent_id: 'mute' });
    expect(refused.body).toMatchObject({ status_code: 400, code: 'no_from_number' });
    expect((await create({ agent_id: 'mute', from_number: '+15550109002' })).status).toBe(201);
    await bench.route('attach-number', { params: { number: '+15550109002' }, body: { agent_id: 'mute' } });
    expect((await create({ agent_id: 'mute' })).body.data.from_number).toBe('+15550109002');
    const pipe = await bench.route('create-pipe', { body: { name: 'empty' } });
    const nobody = await create({ agent_id: undefined, pipe_id: pipe.body.data.pipe_id });
    expect(nobody.body).toMatchObject({ status_code: 400, code: 'no_agent' });
  });

  it('takes an agent that nobody made but a runner serves', async () => {
    await bench.db.query(
      `INSERT INTO runner (account_id, worker_id, agent_id, pool, capacity, gateway) VALUES ('acc_demo', 'w#1', 'live', 'live', 1, 'x')`,
    );
    const { status, body } = await create({ agent_id: 'live', from_number: '+15550109001' });
    expect(status).toBe(201);
    expect(body.data.pipe_id).toBeNull();
  });
});

describe('reading calls', () => {
  it('lists newest first, by status, by pipe, page by page', async () => {
    const one = (await create({})).body.data.call_id as string;
    const two = (await create({})).body.data.call_id as string;
    const page = await bench.route('list-calls', { query: { limit: '1' } });
    expect(page.body.data.map((call: { call_id: string }) => call.call_id)).toEqual([two]);
    const next = await bench.route('list-calls', { query: { limit: '1', before: two } });
    expect(next.body.data[0].call_id).toBe(one);
    expect((await bench.route('list-calls', { query: { call_status: 'active' } })).body.data).toEqual([]);
    expect((await bench.route('list-calls', { query: { pipe_id: 'none' } })).body.data).toEqual([]);
    const wrong = await bench.route('list-calls', { query: { call_status: 'dialing' } });
    expect(wrong.body).toMatchObject({ status_code: 422, errors: [{ field: 'call_status' }] });
    expect(wrong.body.message).toContain('pending, ringing, active');
  });

  it('shows transcript, latencies and times of a finished call; an interrupted turn shows what was heard', async () => {
    const id = (await create({})).body.data.call_id as string;
    const at = new Date('2026-01-01T10:00:05Z');
    const store = new TranscriptStore(bench.db);
    const turn = { t0Ms: 0, t1Ms: 900, at };
    await store.saveSegment(id, { n: 1, role: 'user', text: 'hello', heard: null, ...turn });
    await store.saveSegment(id, { n: 2, role: 'assistant', text: 'a long answer', heard: 'a long', ...turn });
    for (const [turnId, ttfa] of [400, 600, 500].entries()) await store.saveTurnMetric(id, turnId, { ttfa_ms: ttfa });
    await bench.db.query(
      `UPDATE call SET state = 'ended', end_reason = 'USER_HUNG_UP_IN_CALL', room_name = 'room_1', dialed_at = '2026-01-01T10:00:00Z',
         ringing_at = '2026-01-01T10:00:01Z', active_at = '2026-01-01T10:00:04Z', ended_at = '2026-01-01T10:00:16.4Z' WHERE id = $1`,
      [id],
    );
    const { body } = await bench.route('get-call', { params: { call_id: id } });
    expect(body.data).toMatchObject({
      status: 'completed',
      end_reason: 'USER_HUNG_UP_IN_CALL',
      session_id: id,
      duration_s: 12,
      transcript_turns: 2,
      transcript: [
        { role: 'user', content: 'hello', timestamp: '2026-01-01T10:00:05.000Z' },
        { role: 'assistant', content: 'a long', interrupted: true, full_text: 'a long answer' },
      ],
      latency_summary: { turns: 3, ttfa_ms: { avg: 500, p50: 500, p95: 600 } },
      traces: { call_timings: { ring_duration_seconds: 3, talk_duration_seconds: 12 } },
    });
    const session = await bench.route('get-session', { params: { session_id: id } });
    expect(session.body.data).toMatchObject({ session_id: id, status: 'completed', duration_s: 12 });
    expect(session.body.data.transcript).toHaveLength(2);
    const sessions = await bench.route('list-sessions');
    expect(sessions.body.data.map((s: { session_id: string }) => s.session_id)).toEqual([id]);
    expect(sessions.body.data[0]).not.toHaveProperty('transcript');
    expect((await bench.route('list-transcripts')).body.data[0].transcript[0].content).toBe('hello');
    expect((await bench.route('list-recordings')).body.data).toEqual([]);
  });

  it('knows only its own calls', async () => {
    const id = (await create({})).body.data.call_id as string;
    await bench.db.query(`INSERT INTO account (id, org_handle, name) VALUES ('acc_other', 'other', 'Other')`);
    await bench.db.query(`UPDATE call SET account_id = 'acc_other' WHERE id = $1`, [id]);
    for (const name of ['get-call', 'hang-up-call'] as const)
      expect((await bench.route(name, { params: { call_id: id } })).body.code).toBe('call_not_found');
    for (const name of ['get-session', 'end-session'] as const)
      expect((await bench.route(name, { params: { session_id: id } })).body.code).toBe('session_not_found');
  });
});

describe('hanging up', () => {
  it('commits the request and hints it, with the empty body the SDK sends', async () => {
    const id = (await create({})).body.data.call_id as string;
    const hints: unknown[] = [];
    const subscription = bench.bus.subscribeJson(hintFilter('hang-up'), (hint) => hints.push(hint));
    await bench.bus.flush();
    const answer = await bench.route('hang-up-call', { params: { call_id: id } });
    expect([answer.status, answer.body.data.call_id]).toEqual([200, id]);
    expect(await waitFor('the hint', () => hints[0])).toEqual({ callId: id });
    subscription.unsubscribe();
    const [row] = await bench.db.query<{ asked: boolean }[]>(
      'SELECT hangup_requested_at IS NOT NULL AS asked FROM call WHERE id = $1',
      [id],
    );
    expect(row?.asked).toBe(true);
    const ended = await bench.route('end-session', { params: { session_id: id }, path: 1 });
    expect(ended.body.data).toEqual({ session_id: id, state: 'ending' });
  });

  it('answers a call that is over as it is', async () => {
    const id = (await create({})).body.data.call_id as string;
    await bench.db.query(
      `UPDATE call SET state = 'canceled', end_reason = 'API_HANGUP', ended_at = now() WHERE id = $1`,
      [id],
    );
    const { status, body } = await bench.route('hang-up-call', { params: { call_id: id } });
    expect([status, body.data.status]).toEqual([200, 'failed']);
    const session = await bench.route('end-session', { params: { session_id: id } });
    expect(session.body.data.state).toBe('failed');
  });
});

describe('the omitted-not-null rule', () => {
  it('holds for every call state', async () => {
    const id = (await create({})).body.data.call_id as string;
    const { body } = await bench.route('get-call', { params: { call_id: id } });
    const never = ['call_id', 'project_id', 'direction', 'data', 'status', 'analytics', 'traces', 'transcript_turns'];
    for (const field of never) expect(body.data[field], field).not.toBeNull();
    expect(JSON.stringify(body.data.traces)).not.toContain('null');
  });
});
