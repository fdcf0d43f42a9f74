import { hintSubject } from '@callplane/contracts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '@callplane/testing';
import { NODE, openBench, type DispatcherBench } from './dispatcher.suite.ts';

const BUSY = {
  by: 'remote',
  phase: 'setup',
  how: 'response',
  status: 486,
  reason: 'Busy Here',
  headers: {},
  challenged: false,
} as const;
const BYE = { by: 'remote', phase: 'talk', how: 'bye', headers: {}, challenged: false } as const;
const OUR_BYE = { by: 'local', phase: 'talk', how: 'bye', headers: {}, challenged: false } as const;

let bench: DispatcherBench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => {
  await bench.close();
});
beforeEach(async () => {
  await bench.addRunner();
});
afterEach(async () => {
  for (const name of Object.keys(bench.answers)) delete bench.answers[name as keyof typeof bench.answers];
  await bench.db.query('DELETE FROM runner');
  await bench.db.query(`UPDATE account SET concurrency_cap = 10`);
});

const events = async (callId: string): Promise<string[]> =>
  (
    await bench.db.query<{ type: string }[]>('SELECT type FROM call_event WHERE call_id = $1 ORDER BY sequence', [
      callId,
    ])
  ).map((row) => row.type);

/** From creation to a running conversation. */
async function converse(settings = {}): Promise<string> {
  const id = await bench.create(settings);
  await bench.until(id, 'dialing');
  await bench.fact('runner-attached', id, { workerId: 'demo-agent#1' });
  await bench.fact('leg-ringing', id, { sipCode: 180 });
  await bench.fact('leg-answered', id, {});
  await bench.until(id, 'active');
  return id;
}

describe('the path of an outbound call', () => {
  it('assigns a runner, dials, becomes active and ends with the reason of the far end, told in order', async () => {
    const id = await converse();
    await waitFor('start-conversation', () => bench.sent('start-conversation', id).length === 1);
    await bench.fact('caller-spoke', id, { turn: 1 });
    await bench.fact('leg-ended', id, { end: BYE });
    const row = await bench.ended(id);
    expect(row).toMatchObject({
      state: 'ended',
      endReason: 'USER_HUNG_UP_IN_CALL',
      endedBy: 'user',
      legNode: NODE,
      bridgeNode: NODE,
    });
    await waitFor('teardown', async () => (await bench.call(id)).tornDownAt !== null);
    expect(await events(id)).toEqual([
      'call.created',
      'call.ringing',
      'call.active',
      'call.ended',
      'call.transcript_ready',
    ]);
    expect(bench.sent('close-bridge', id)[0]?.data).toMatchObject({
      status: 'completed',
      endReason: 'USER_HUNG_UP_IN_CALL',
    });
    expect(bench.sent('assign-runner', id)[0]?.data).toMatchObject({
      agentId: 'demo-agent',
      workerId: 'demo-agent#1',
      resumed: false,
    });
    expect(bench.sent('place-call', id)).toHaveLength(1);
    const moves = await bench.db.query<{ to_state: string }[]>(
      'SELECT to_state FROM call_transition WHERE call_id = $1 ORDER BY n',
      [id],
    );
    expect(moves.map((move) => move.to_state)).toEqual(['queued', 'dialing', 'ringing', 'active', 'ended']);
  });

  it('reports busy without ever having been active', async () => {
    const id = await bench.create();
    await bench.until(id, 'dialing');
    await bench.fact('leg-ended', id, { end: BUSY });
    expect(await bench.ended(id)).toMatchObject({ state: 'not_connected', endReason: 'USER_BUSY', sipCode: 486 });
  });

  it('takes a fact told twice once', async () => {
    const id = await converse();
    await bench.fact('leg-ended', id, { end: BYE });
    await bench.fact('leg-ended', id, { end: BYE });
    await bench.ended(id);
    expect((await events(id)).filter((type) => type === 'call.ended')).toHaveLength(1);
  });
});

describe('hanging up', () => {
  it('cancels a queued call without dialling', async () => {
    await bench.db.query('UPDATE account SET concurrency_cap = 0');
    const id = await bench.create();
    await bench.calls.requestHangUp('acc_demo', id);
    bench.nc.publish(hintSubject('hang-up', 'acc_demo'), JSON.stringify({ callId: id }));
    expect(await bench.ended(id)).toMatchObject({ state: 'canceled', endReason: 'CANCELED_BEFORE_DIAL' });
    expect(bench.sent('place-call', id)).toHaveLength(0);
  });

  it('waits for the far end to confirm our BYE before the slot is free, found by the sweeper without a hint', async () => {
    const id = await converse();
    await bench.calls.requestHangUp('acc_demo', id);
    await waitFor('hang-up-leg', () => bench.sent('hang-up-leg', id).length > 0);
    expect((await bench.call(id)).endedAt).toBeNull();
    await bench.fact('leg-ended', id, { end: OUR_BYE });
    expect(await bench.ended(id)).toMatchObject({ endReason: 'OPERATOR_ENDED_CALL', endedBy: 'operator' });
  });
});

describe('without a runner', () => {
  it('gives the claim back, says what it waits for, and dials once a runner is there', async () => {
    await bench.db.query('DELETE FROM runner');
    const id = await bench.create();
    const row = await waitFor('waiting', async () => (await bench.call(id)).waitingFor === 'runner' && bench.call(id));
    expect(row).toMatchObject({ state: 'queued', owner: null });
    await bench.addRunner();
    await bench.until(id, 'dialing');
    await bench.fact('leg-ended', id, { end: BUSY });
    await bench.ended(id);
  });

  it('moves on to the next runner after a refusal', async () => {
    await bench.addRunner('demo-agent#2');
    bench.answers['assign-runner'] = (data) =>
      data.workerId === 'demo-agent#1' ? { ok: false, code: 'at_capacity', message: 'full' } : { ok: true };
    const id = await bench.create();
    const row = await bench.until(id, 'dialing');
    expect(bench.sent('assign-runner', id).at(-1)?.data['workerId']).toBe('demo-agent#2');
    expect(row.workerId).toBe('demo-agent#2');
    await bench.fact('leg-ended', id, { end: BUSY });
    await bench.ended(id);
  });

  it('ends with AGENT_NOT_AVAILABLE after the agent wait', async () => {
    await bench.db.query('DELETE FROM runner');
    const id = await bench.create({ agentWaitMs: 300 });
    expect(await bench.ended(id)).toMatchObject({ state: 'not_connected', endReason: 'AGENT_NOT_AVAILABLE' });
  });

  it('hangs up when the runner took the job but never dials in', async () => {
    const id = await bench.create();
    await bench.until(id, 'dialing');
    await waitFor('hang-up', () => bench.sent('hang-up-leg', id).length > 0, 10_000);
    const row = await bench.ended(id);
    expect(row).toMatchObject({ endReason: 'AGENT_NOT_AVAILABLE' });
  });

  it('hands a conversation to another runner when its runner is lost', async () => {
    const id = await converse();
    await bench.fact('runner-detached', id, { code: 1006, willReturn: true });
    await waitFor('reassign', () => bench.sent('assign-runner', id).length === 2);
    expect(bench.sent('assign-runner', id)[1]?.data['resumed']).toBe(true);
    await bench.fact('runner-attached', id, { workerId: 'demo-agent#1' });
    await bench.fact('leg-ended', id, { end: BYE });
    await bench.ended(id);
  });
});

describe('the cap', () => {
  it('never has more calls between claim and end than the account may', async () => {
    await bench.db.query('UPDATE account SET concurrency_cap = 2');
    const ids = await Promise.all(Array.from({ length: 6 }, () => bench.create()));
    const seen: number[] = [];
    await waitFor(
      'all ended',
      async () => {
        const [row] = await bench.db.query<{ live: number }[]>(
          `SELECT count(*)::int AS live FROM call WHERE id = ANY($1) AND ended_at IS NULL AND (owner IS NOT NULL OR state <> 'queued')`,
          [ids],
        );
        seen.push(row?.live ?? 0);
        const dialing = await bench.db.query<{ id: string }[]>(
          `SELECT id FROM call WHERE id = ANY($1) AND state = 'dialing' AND leg_node IS NOT NULL`,
          [ids],
        );
        for (const { id } of dialing) await bench.fact('leg-ended', id, { end: BUSY });
        const rows = await Promise.all(ids.map((id) => bench.call(id)));
        return rows.every((r) => r.endedAt !== null);
      },
      20_000,
    );
    expect(Math.max(...seen)).toBe(2);
  });
});

describe('what the other services answer', () => {
  it('ends the call when the trunk is unknown', async () => {
    bench.answers['place-call'] = () => ({ ok: false, code: 'trunk_not_found', message: 'no trunk' });
    const id = await bench.create();
    expect(await bench.ended(id)).toMatchObject({ state: 'not_connected', detail: 'no trunk' });
  });

  it('cancels the leg when the bridge does not open', async () => {
    bench.answers['open-bridge'] = () => ({ ok: false, code: 'room_failed', message: 'LiveKit is away' });
    const id = await bench.create();
    await waitFor('hang-up', () => bench.sent('hang-up-leg', id).length > 0);
    expect(await bench.ended(id)).toMatchObject({ state: 'not_connected' });
  });

  it('names the speech side when that is what failed', async () => {
    bench.answers['open-bridge'] = () => ({ ok: false, code: 'tts_unavailable', message: 'no voice' });
    const id = await bench.create();
    expect(await bench.ended(id)).toMatchObject({ endReason: 'TTS_FAILED' });
  });

  it('deletes the room itself when the bridge cannot be closed', async () => {
    bench.answers['close-bridge'] = () => ({ ok: false, code: 'gone', message: 'unknown call' });
    const id = await converse();
    await bench.fact('leg-ended', id, { end: BYE });
    await bench.ended(id);
    await waitFor('delete-room', () => bench.sent('delete-room', id).length > 0);
    await waitFor('teardown', async () => (await bench.call(id)).tornDownAt !== null);
  });

  it('ends a conversation whose bridge refuses to start', async () => {
    bench.answers['start-conversation'] = () => ({ ok: false, code: 'gone', message: 'unknown call' });
    const id = await converse();
    expect((await bench.ended(id)).state).toBe('ended');
  });
});

describe('deadlines and lost workers', () => {
  it('gives up ringing after the ring timeout', async () => {
    const id = await bench.create({ ringTimeoutMs: 400 });
    await bench.until(id, 'dialing');
    await bench.fact('runner-attached', id, { workerId: 'demo-agent#1' });
    await bench.fact('leg-ringing', id, { sipCode: 180 });
    await waitFor('CANCEL', () => bench.sent('hang-up-leg', id).length > 0);
    expect(await bench.ended(id)).toMatchObject({ endReason: 'USER_DID_NOT_PICK_UP' });
  });

  it('cuts a conversation at its longest duration', async () => {
    const id = await converse({ maxDurationMs: 300 });
    expect(await bench.ended(id)).toMatchObject({ state: 'ended', endReason: 'MAX_DURATION_REACHED' });
  });

  it('ends a call nobody holds any more', async () => {
    const id = await converse();
    await bench.db.query(`UPDATE call SET bridge_node = 'dead-node' WHERE id = $1`, [id]);
    expect(await bench.ended(id)).toMatchObject({ endReason: 'PLATFORM_WORKER_LOST' });
  });

  it('ends a call that its restarted gateway does not hold any more', async () => {
    const id = await converse();
    bench.held.delete(id);
    expect(await bench.ended(id)).toMatchObject({ endReason: 'PLATFORM_WORKER_LOST' });
  });

  it('tells a process to let go of a call that is over', async () => {
    const id = await converse();
    await bench.fact('leg-ended', id, { end: BYE });
    await bench.ended(id);
    await waitFor('teardown', async () => (await bench.call(id)).tornDownAt !== null);
    const before = bench.sent('close-bridge', id).length;
    await waitFor('release', () => bench.sent('close-bridge', id).length > before, 20_000);
  });

  it('takes an undialled call over from an owner that stopped renewing, and dials it', async () => {
    await bench.db.query('DELETE FROM runner');
    const id = await bench.create();
    await waitFor('waiting', async () => (await bench.call(id)).waitingFor === 'runner');
    await bench.db.query(
      `UPDATE call SET owner = 'ghost', fence = fence + 1, lease_until = clock_timestamp() - interval '1 second',
         snapshot = snapshot || '{"claimedAt": 1}' WHERE id = $1`,
      [id],
    );
    await waitFor('taken over', async () => (await bench.call(id)).owner !== 'ghost');
    await bench.addRunner();
    await bench.until(id, 'dialing');
    await bench.fact('leg-ended', id, { end: BUSY });
    await bench.ended(id);
  });

  it('puts a fact nobody can use aside and goes on', async () => {
    bench.nc.publish('call.fact.leg-answered.cal_nobody', JSON.stringify({ nonsense: true }));
    const id = await converse();
    await bench.fact('leg-ended', id, { end: BYE });
    await bench.ended(id);
  });
});
