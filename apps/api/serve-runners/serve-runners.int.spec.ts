import { NODE_ID, type CommandOutcome } from '@callplane/service-kit';
import { waitFor } from '@callplane/testing';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AGENT, API_KEY, openSocketBench, Peer, PLATFORM_TOKEN, register, type SocketBench } from '../sockets.suite.ts';

const GOOD = { authorization: `Token ${PLATFORM_TOKEN}`, 'org-handle': 'demo' };

let bench: SocketBench;
const peers: Peer[] = [];
beforeAll(async () => {
  bench = await openSocketBench();
});
afterAll(() => bench.close());
afterEach(async () => {
  for (const peer of peers.splice(0)) peer.socket.terminate();
  await waitFor('no runner left', async () => (await rows()).length === 0);
});

function dial(headers: Record<string, string> = GOOD): Peer {
  const peer = new Peer(`${bench.origin}/v1/internal/workers`, headers);
  peers.push(peer);
  return peer;
}

async function registered(workerId: string, headers?: Record<string, string>): Promise<Peer> {
  const peer = dial(headers);
  peer.send(register(workerId));
  await peer.frame(0);
  return peer;
}

const rows = (): Promise<Record<string, unknown>[]> => bench.db.query('SELECT * FROM runner ORDER BY worker_id');

const assign = (workerId: string, of: { assignId?: string; ackTimeoutMs?: number; node?: string } = {}) =>
  bench.commands.send(
    'assign-runner',
    {
      callId: 'cal_1',
      accountId: 'acc_demo',
      agentId: AGENT,
      workerId,
      jobId: 'job_1',
      assignId: of.assignId ?? 'asg_1',
      ackTimeoutMs: of.ackTimeoutMs ?? 2000,
      resumed: false,
    },
    { node: of.node ?? NODE_ID, timeoutMs: 5000 },
  );

const replyOf = (sent: CommandOutcome<'assign-runner'>): unknown => (sent.outcome === 'reply' ? sent.reply : sent);

describe('who may run a runner', () => {
  it('registers with Token and Org-Handle, and with Bearer and the platform token', async () => {
    for (const headers of [GOOD, { authorization: `Bearer ${PLATFORM_TOKEN}` }]) {
      const peer = await registered('echo-agent#1', headers);
      expect(peer.frames).toEqual([{ type: 'registered', heartbeat_interval_s: 10, transport_ack: 'dial_out' }]);
    }
    expect(await rows()).toMatchObject([
      {
        account_id: 'acc_demo',
        worker_id: 'echo-agent#1',
        agent_id: AGENT,
        pool: AGENT,
        capacity: 2,
        gateway: NODE_ID,
        placement: { hostname: 'HOST', deployment: 'local' },
      },
    ]);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['no credentials', {}, /Authorization: Token/],
    ['an unknown token', { authorization: 'Token nope', 'org-handle': 'demo' }, /unknown/],
    ['no Org-Handle', { authorization: `Token ${PLATFORM_TOKEN}` }, /Org-Handle header is missing/],
    ['another org', { ...GOOD, 'org-handle': 'acme' }, /another org/],
    ['an API key', { authorization: `Bearer ${API_KEY}` }, /API key/],
    ['a JWT', { authorization: 'JWT a.b.c', 'org-handle': 'demo' }, /JWT/],
    ['another scheme', { authorization: `Basic ${PLATFORM_TOKEN}` }, /Authorization: Token/],
  ])('accepts the upgrade and closes 4001: %s', async (_what, headers, reason) => {
    const peer = dial(headers);
    peer.send(register('echo-agent#1'));
    const closed = await peer.close();
    expect(closed.code).toBe(4001);
    expect(closed.reason).toMatch(reason);
    expect(peer.frames).toEqual([]);
  });
});

describe('the life of a control socket', () => {
  it('keeps the row while the runner lives and removes it when it leaves', async () => {
    const peer = await registered('echo-agent#1');
    peer.send({ type: 'heartbeat', active_jobs: 1, worker_id: 'echo-agent#1' });
    await waitFor('the heartbeat', async () => (await rows())[0]?.['active'] === 1);
    peer.socket.close();
    await waitFor('no row', async () => (await rows()).length === 0);
  });

  it('brings back a row that was swept while its runner was silent', async () => {
    const peer = await registered('echo-agent#1');
    await bench.db.query('DELETE FROM runner');
    peer.send({ type: 'heartbeat', active_jobs: 2, worker_id: 'echo-agent#1' });
    await waitFor('the row', async () => (await rows())[0]?.['active'] === 2);
  });

  it('replaces a worker that registers again, closing its older socket 1000, and keeps the row', async () => {
    const older = await registered('echo-agent#1');
    const newer = await registered('echo-agent#1');
    expect(await older.close()).toMatchObject({ code: 1000 });
    const job = assign('echo-agent#1');
    expect(await newer.frame(1)).toMatchObject({ type: 'job.assign' });
    newer.send({ type: 'job.ack', job_id: 'job_1', assign_id: 'asg_1', accepted: true, reason: null });
    expect(replyOf(await job)).toEqual({ ok: true });
    expect(await rows()).toHaveLength(1);
  });

  it('ignores garbage, and closes 1003 when it does not stop', async () => {
    const peer = await registered('echo-agent#1');
    for (const garbage of ['{', '[]', '{"type":"dance"}', '{"type":"heartbeat"}', 'x'.repeat(1_000_000)])
      peer.send(garbage);
    peer.send({ type: 'heartbeat', active_jobs: 1 });
    await waitFor('the heartbeat after it', async () => (await rows())[0]?.['active'] === 1);
    for (let n = 0; n < 10; n += 1) peer.send('garbage');
    expect(await peer.close()).toMatchObject({ code: 1003 });
  });

  it('closes 1003 a runner that does not dial out or changes its name, and 1009 a frame over 1 MiB', async () => {
    const serving = dial();
    serving.send(register('echo-agent#1', { capabilities: { agent_id: AGENT, max_concurrent: 1 } }));
    expect(await serving.close()).toMatchObject({ code: 1003 });
    const renamed = await registered('echo-agent#1');
    renamed.send(register('echo-agent#2'));
    expect(await renamed.close()).toMatchObject({ code: 1003 });
    const huge = await registered('echo-agent#3');
    huge.send('x'.repeat(1024 * 1024 + 1));
    expect(await huge.close()).toMatchObject({ code: 1009 });
  });

  it('closes a socket that never registers after ten seconds, with a code that does not stop the runner', async () => {
    expect(await dial().close()).toMatchObject({ code: 1003 });
  }, 15_000);
});

describe('a job', () => {
  it('reaches its runner with everything the SDK needs', async () => {
    const peer = await registered('echo-agent#1');
    const job = assign('echo-agent#1');
    const frame = await peer.frame(1);
    expect(frame).toEqual({
      type: 'job.assign',
      job_id: 'job_1',
      call_id: 'cal_1',
      agent_id: AGENT,
      bridge_url: `${bench.origin}/v1/bridge/cal_1`,
      call_token: expect.stringMatching(/^job_1\.[\w-]{43}$/) as string,
      assign_id: 'asg_1',
      deadline_ms: 2000,
      metadata: { resumed: false },
    });
    peer.send({ type: 'job.ack', job_id: 'job_1', assign_id: 'asg_1', accepted: true, reason: null });
    expect(replyOf(await job)).toEqual({ ok: true });
  });

  it('names the bridge by the host the runner dialled, wss behind a proxy that says so', async () => {
    const headers = { ...GOOD, host: 'calls.example.com', 'x-forwarded-proto': 'https' };
    const peer = await registered('echo-agent#1', headers);
    void assign('echo-agent#1', { ackTimeoutMs: 1 });
    expect(await peer.frame(1)).toMatchObject({ bridge_url: 'wss://calls.example.com/v1/bridge/cal_1' });
  });

  it('tells why it was not taken: refused, silent, gone', async () => {
    const peer = await registered('echo-agent#1');
    const full = assign('echo-agent#1');
    await peer.frame(1);
    peer.send({ type: 'job.ack', job_id: 'job_1', assign_id: 'asg_1', accepted: false, reason: 'at_capacity' });
    expect(replyOf(await full)).toMatchObject({ ok: false, code: 'at_capacity' });
    expect(replyOf(await assign('echo-agent#1', { ackTimeoutMs: 50 }))).toMatchObject({ code: 'ack_timeout' });
    const dying = assign('echo-agent#1', { assignId: 'asg_3' });
    await peer.frame(3);
    peer.socket.terminate();
    expect(replyOf(await dying)).toMatchObject({ ok: false, code: 'runner_gone' });
  });

  it('never matches a late ack, and takes the job back from a runner that accepts too late', async () => {
    const peer = await registered('echo-agent#1');
    await assign('echo-agent#1', { assignId: 'asg_1', ackTimeoutMs: 30 });
    const second = assign('echo-agent#1', { assignId: 'asg_2', ackTimeoutMs: 300 });
    await peer.frame(2);
    peer.send({ type: 'job.ack', job_id: 'job_1', assign_id: 'asg_1', accepted: true, reason: null });
    expect(replyOf(await second)).toMatchObject({ ok: false, code: 'ack_timeout' });
    expect(await peer.frame(3)).toEqual({ type: 'job.cancel', job_id: 'job_1' });
  });

  it('is refused for a worker that is not here, whose stale row goes', async () => {
    await bench.db.query(
      `INSERT INTO runner (account_id, worker_id, agent_id, pool, capacity, gateway, placement)
       VALUES ('acc_demo', 'stale#1', $1, $1, 1, $2, '{}')`,
      [AGENT, NODE_ID],
    );
    expect(replyOf(await assign('stale#1'))).toMatchObject({ ok: false, code: 'runner_gone' });
    expect(await rows()).toEqual([]);
    expect(await assign('echo-agent#1', { node: 'another-node' })).toEqual({ outcome: 'nobody' });
  });
});

describe('the upgrade', () => {
  const raw = (lines: string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(bench.origin);
      const socket = connect({ host: hostname, port: Number(port) }, () =>
        socket.write([...lines, '', ''].join('\r\n')),
      );
      socket.once('data', (data) => {
        resolve(data.toString('utf8').split('\r\n')[0] ?? '');
        socket.destroy();
      });
      socket.on('error', reject);
    });

  it('answers 404 to a WebSocket on a path that has none', async () => {
    const peer = new Peer(`${bench.origin}/v1/nothing`);
    expect(await peer.close()).toMatchObject({ code: 1006 });
    const upgrade = ['Host: x', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
    expect(await raw(['GET /v1/nothing HTTP/1.1', ...upgrade])).toBe('HTTP/1.1 404 Not Found');
  });

  it('serves a request that only offers another protocol', async () => {
    const offer = ['Host: x', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQ'];
    expect(await raw(['GET /healthz HTTP/1.1', ...offer])).toBe('HTTP/1.1 200 OK');
  });
});

describe('while the database is away', () => {
  it('asks runners to come back, and never tells them to stop', async () => {
    const peer = await registered('echo-agent#1');
    await bench.db.query('ALTER TABLE runner RENAME TO runner_away');
    await bench.db.query('ALTER TABLE api_key RENAME TO api_key_away');
    try {
      peer.send({ type: 'heartbeat', active_jobs: 1 });
      const known = dial();
      known.send(register('echo-agent#2'));
      expect(await known.close()).toMatchObject({ code: 1013 });
      const unknown = dial({ ...GOOD, authorization: 'Token another' });
      expect(await unknown.close()).toMatchObject({ code: 1013 });
      expect(peer.closed).toBeUndefined();
    } finally {
      await bench.db.query('ALTER TABLE runner_away RENAME TO runner');
      await bench.db.query('ALTER TABLE api_key_away RENAME TO api_key');
    }
    peer.send({ type: 'heartbeat', active_jobs: 2 });
    await waitFor('the heartbeat', async () => (await rows())[0]?.['active'] === 2);
  });
});
