import { canBindTcp, canBindUdp, waitFor } from '@callplane/testing';
import type { CommandData } from '@callplane/contracts';
import { createOffer, createUserAgent } from '@callplane/sip';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  answer,
  answerAndKeep,
  challenge,
  endLabel,
  expectBye,
  expectCancel,
  hangUp,
  invited,
  pause,
  ring,
  type Step,
} from '@callplane/testing';
import { startFarEnd } from '@callplane/testing';
import { readyz, ServiceHarness, type RunningService } from './service-harness.suite.ts';

const harness = new ServiceHarness();
let service: RunningService;
let count = 0;

beforeAll(async () => {
  await harness.start();
  service = await harness.service('origin-a');
});
afterAll(() => harness.stop());

/** A far end, its trunk, and an order that dials it. */
async function orderTo(steps: Step[], auth?: { username: string; password: string; secret?: string }) {
  const far = await startFarEnd(steps);
  count += 1;
  const trunkId = `trk_${count}`;
  await harness.trunk(trunkId, far.uri, auth);
  return { far, order: orderOver(trunkId) };
}

function orderOver(trunkId: string): CommandData<'place-call'> {
  count += 1;
  return {
    callId: `cal_${count}`,
    fence: 1,
    roomName: `room_${count}`,
    participantIdentity: `sip_${count}`,
    trunkId,
    to: '+15550100001',
    from: '+15550109001',
    displayName: null,
    ringTimeoutMs: 30_000,
    maxDurationMs: 60_000,
  };
}

const place = (order: CommandData<'place-call'>) => harness.commands.send('place-call', order, { timeoutMs: 5000 });
const hangUpLeg = (callId: string, node = 'origin-a') =>
  harness.commands.send('hang-up-leg', { callId, reason: 'test' }, { node, timeoutMs: 5000 });
const readLeg = (callId?: string, node = 'origin-a') =>
  harness.commands.send('read-leg', callId === undefined ? {} : { callId }, { node, timeoutMs: 2000 });

const reply = (value: unknown) => ({ outcome: 'reply', reply: value });

describe('a leg, by commands and facts', () => {
  it('is placed, rings, is answered, and ends by the far end; every fact once and in order', async () => {
    const { far, order } = await orderTo([invited, ring, answerAndKeep, pause(200), hangUp()]);
    expect(await place(order)).toEqual(reply({ ok: true, node: 'origin-a' }));
    const ended = await harness.fact(order.callId, 'leg-ended');
    expect(ended).toMatchObject({
      end: { by: 'remote', phase: 'talk', how: 'bye', q850: 16, challenged: false },
    });
    expect(harness.factsOf(order.callId).map(({ id, type, sequence }) => [id, type, sequence])).toEqual([
      [`${order.callId}:leg:1`, 'leg-ringing', 1],
      [`${order.callId}:leg:2`, 'leg-answered', 2],
      [`${order.callId}:leg:3`, 'leg-ended', 3],
    ]);
    await far.passed;
    await waitFor('nothing held', async () => (await held()).length === 0);
    expect(await harness.journal.heldBy('origin-a')).toEqual([]);
    expect(await harness.admin.listParticipants(order.roomName)).toEqual([]);
  });

  it("answers the trunk's challenge with the sealed password", async () => {
    const auth = { username: 'trunk', password: 'secret' };
    const { far, order } = await orderTo([invited, challenge, answer, expectBye, endLabel], auth);
    await place(order);
    await harness.fact(order.callId, 'leg-answered');
    expect(await readLeg(order.callId)).toEqual(reply({ ok: true, node: 'origin-a', callIds: [order.callId] }));
    expect(await hangUpLeg(order.callId)).toEqual(reply({ ok: true, outcome: 'confirmed' }));
    expect(await harness.fact(order.callId, 'leg-ended')).toMatchObject({ end: { by: 'local', challenged: true } });
    expect(await hangUpLeg(order.callId)).toEqual(reply({ ok: true, outcome: 'gone' }));
    await far.passed;
  });

  it('does not dial twice for a repeated command, and not at all for an older fence', async () => {
    const { far, order } = await orderTo([invited, ring, expectCancel]);
    const [first, second] = await Promise.all([place({ ...order, fence: 2 }), place({ ...order, fence: 2 })]);
    expect([first, second]).toEqual([reply({ ok: true, node: 'origin-a' }), reply({ ok: true, node: 'origin-a' })]);
    expect(await place({ ...order, fence: 1 })).toMatchObject(reply({ ok: false, code: 'already_dialled' }));
    expect(await place({ ...order, fence: 3 })).toMatchObject(reply({ ok: false, code: 'already_dialled' }));
    await harness.fact(order.callId, 'leg-ringing');
    expect(await hangUpLeg(order.callId)).toEqual(reply({ ok: true, outcome: 'confirmed' }));
    await far.passed;
    const invites = service.log.filter((line) => line['msg'] === 'leg.invited' && line['call_id'] === order.callId);
    expect(invites).toHaveLength(1);
  });

  it('refuses what it cannot dial, in words', async () => {
    await harness.trunk('trk_foreign', 'sip:127.0.0.1:5999', {
      username: 'u',
      password: 'p',
      secret: 'another secret'.repeat(3),
    });
    await harness.trunk('trk_carrier', 'carrier.example');
    await harness.trunk('trk_tls', 'sip:127.0.0.1:5999;transport=tls');
    const codes = await Promise.all(
      ['trk_none', 'trk_foreign', 'trk_carrier', 'trk_tls'].map(async (id) => {
        const { reply: answer } = (await place(orderOver(id))) as unknown as { reply: { code: string } };
        return answer.code;
      }),
    );
    expect(codes).toEqual(['trunk_not_found', 'trunk_unusable', 'gateway_unavailable', 'trunk_unusable']);
    expect(await held()).toEqual([]);
  });
});

describe('the process', () => {
  it('is ready, and refuses calls from outside with 404', async () => {
    expect(await readyz(service.url)).toMatchObject({ status: 200, body: { status: 'ready' } });
    const phone = createUserAgent({ bind: { host: '127.0.0.1', port: 0, transports: ['udp'] } });
    await phone.listen();
    const call = phone.invite({
      target: `sip:+15550109001@127.0.0.1:${service.sipPort}`,
      from: 'sip:stranger@127.0.0.1',
      sdp: createOffer({ host: '127.0.0.1', port: 20_000 }),
    });
    expect(await call.next('ended')).toMatchObject({ by: 'remote', how: 'response', status: 404 });
    await phone.close();
    await waitFor('the log line', () => service.log.some((line) => line['msg'] === 'leg.inbound_refused'));
  });

  it('ends with its media worker only the legs of that worker', async () => {
    const { far, order } = await orderTo([invited, ring, answer, expectBye]);
    await place(order);
    await harness.fact(order.callId, 'leg-answered');
    const started = service.log.filter((line) => line['msg'] === 'media.worker_started').at(-1);
    process.kill(Number(started?.['worker_pid']), 'SIGKILL');
    expect(await harness.fact(order.callId, 'leg-ended')).toMatchObject({ end: { by: 'error', how: 'media' } });
    await far.passed;
    await waitFor('ready again', async () => (await readyz(service.url)).status === 200);
    const again = await orderTo([invited, ring, answer, expectBye]);
    await place(again.order);
    await harness.fact(again.order.callId, 'leg-answered');
    await hangUpLeg(again.order.callId);
    await again.far.passed;
  });

  it('ends by BYE, after a crash, what it held before', async () => {
    const { far, order } = await orderTo([invited, ring, answer, expectBye]);
    await place(order);
    await harness.fact(order.callId, 'leg-answered');
    await waitFor('the journal', async () => {
      const [row] = await harness.journal.heldBy('origin-a');
      return (row?.dialog['dialog'] as { state?: string } | undefined)?.state === 'confirmed';
    });
    service.child.kill('SIGKILL');
    await service.exited;
    await waitFor('the participant to be gone', async () => (await participants(order.roomName)).length === 0);
    service = await harness.service('origin-a', { SIP_PORT: String(service.sipPort) });
    expect(await harness.fact(order.callId, 'leg-ended')).toMatchObject({
      id: `${order.callId}:leg:lost`,
      end: { by: 'error', phase: 'talk', how: 'transport' },
    });
    await far.passed;
    expect(service.log.find((line) => line['msg'] === 'leg.ended_after_restart')).toMatchObject({
      outcome: 'confirmed',
    });
    await waitFor('the journal to be empty', async () => (await harness.journal.heldBy('origin-a')).length === 0);
  });

  it('drains on SIGTERM: the live call goes on, no new one is taken, and it leaves when the call has ended', async () => {
    const { far, order } = await orderTo([invited, ring, answer, expectBye]);
    const draining = await harness.service('origin-drain');
    let placed: unknown;
    await waitFor('the call to be taken by the draining process', async () => {
      placed = await place(order);
      return true;
    });
    const { node } = (placed as { reply: { node: string } }).reply;
    const holder = node === 'origin-drain' ? draining : service;
    await harness.fact(order.callId, 'leg-answered');
    holder.child.kill('SIGTERM');
    await waitFor('unready', async () => (await readyz(holder.url)).status === 503);
    expect(await readLeg(order.callId, node)).toMatchObject(reply({ ok: true, callIds: [order.callId] }));
    expect(await hangUpLeg(order.callId, node)).toEqual(reply({ ok: true, outcome: 'confirmed' }));
    expect(await holder.exited).toBe(0);
    await far.passed;
    if (holder === service) service = draining;
    else draining.child.kill('SIGKILL');
  });

  it('on SIGINT cancels and hangs up everything within 2 s, tells it, and leaves no port', async () => {
    const node = 'origin-int';
    service.child.kill('SIGTERM');
    await service.exited;
    const last = await harness.service(node);
    const talking = await orderTo([invited, ring, answer, expectBye]);
    const ringing = await orderTo([invited, ring, expectCancel]);
    await Promise.all([place(talking.order), place(ringing.order)]);
    await harness.fact(talking.order.callId, 'leg-answered');
    await harness.fact(ringing.order.callId, 'leg-ringing');
    const since = performance.now();
    last.child.kill('SIGINT');
    expect(await last.exited).toBe(0);
    expect(performance.now() - since).toBeLessThan(4000);
    expect(await harness.fact(talking.order.callId, 'leg-ended')).toMatchObject({ end: { by: 'local', how: 'bye' } });
    expect(await harness.fact(ringing.order.callId, 'leg-ended')).toMatchObject({
      end: { by: 'local', how: 'cancel' },
    });
    await Promise.all([talking.far.passed, ringing.far.passed]);
    expect([await canBindUdp(last.sipPort), await canBindTcp(last.sipPort)]).toEqual([true, true]);
    expect(await harness.journal.heldBy(node)).toEqual([]);
  });
});

async function held(): Promise<string[]> {
  const answered = (await readLeg()) as unknown as { reply: { callIds: string[] } };
  return answered.reply.callIds;
}

const participants = (room: string): Promise<unknown[]> => harness.admin.listParticipants(room);
