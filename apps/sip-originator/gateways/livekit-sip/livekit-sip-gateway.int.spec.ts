import { createRoomAdmin, createSipClient } from '@callplane/livekit';
import { createLogger } from '@callplane/telemetry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryJournal } from '../embedded/embedded-harness.suite.ts';
import { LegJournal } from '../leg-journal.ts';
import type { Trunk } from '../sip-gateway.ts';
import { orderFor, Recorder } from '../sip-gateway.suite.ts';
import { PlayedLiveKit } from './livekit-api.suite.ts';
import { LiveKitSipGateway, type LiveKitEntry } from './livekit-sip-gateway.ts';

const TRUNK: Trunk = {
  id: 'trk',
  kind: 'livekit-sip',
  uri: 'carrier.example',
  credentials: undefined,
  providerTrunkId: 'ST_1',
};
const CREATED = { status: 200, body: { participant_identity: 'sip', sip_call_id: 'SCL_1', participant_id: 'PA_1' } };
const BUSY = {
  status: 503,
  body: {
    code: 'unavailable',
    msg: 'twirp error unknown: INVITE failed: sip status: 486: Busy here (SIP 486)',
    meta: { sip_status_code: '486', sip_status: 'SIP_STATUS_BUSY_HERE', error_details: 'CAMSLElOVklURQ==' },
  },
};

const log = createLogger('test', 'test', 'silent');
let livekit: PlayedLiveKit;
let gateway: LiveKitSipGateway;
let journal: MemoryJournal;

beforeEach(async () => {
  livekit = new PlayedLiveKit();
  journal = new MemoryJournal();
  const access = await livekit.start();
  gateway = new LiveKitSipGateway({
    sip: createSipClient(access),
    rooms: createRoomAdmin(access),
    journal: new LegJournal<LiveKitEntry>(journal, 'test-node', log),
    pollMs: 20,
    log,
  });
  await gateway.start(() => Promise.resolve());
});

afterEach(async () => {
  await gateway.close();
  livekit.stop();
});

async function dial(with_: Parameters<typeof orderFor>[2] = {}) {
  const order = orderFor({ trunk: TRUNK, to: '+15550100001' }, 'room', with_);
  const leg = new Recorder();
  expect(await gateway.place(order, leg)).toEqual({ ok: true });
  expect(gateway.held()).toEqual([order.callId]);
  return { order, leg, identity: order.participantIdentity };
}

describe('LiveKitSipGateway', () => {
  it('follows a leg from ringing to the far end hanging up', async () => {
    const { leg, identity, order } = await dial();
    livekit.shows(identity, 'dialing');
    livekit.shows(identity, 'ringing');
    await leg.until('ringing 180');
    livekit.shows(identity, 'active');
    livekit.dialled(CREATED);
    await leg.until('answered');
    expect(journal.rows.get(order.callId)?.dialog).toMatchObject({ gateway: 'livekit-sip', roomName: 'room' });
    livekit.participants = [];
    expect(await leg.end()).toMatchObject({ by: 'remote', phase: 'talk', how: 'bye' });
    expect(leg.said).toEqual(['ringing 180', 'answered', 'ended']);
    expect(gateway.held()).toEqual([]);
  });

  it('reports the raw status of a refusal', async () => {
    const { leg } = await dial();
    livekit.dialled(BUSY);
    expect(await leg.end()).toEqual({
      by: 'remote',
      phase: 'setup',
      how: 'response',
      status: 486,
      reason: 'BUSY HERE',
      headers: { 'X-LiveKit-sip-status-code': '486', 'X-LiveKit-sip-status': 'SIP_STATUS_BUSY_HERE' },
      challenged: false,
    });
  });

  it('hangs up an answered leg by removing its participant, and checks that it is gone', async () => {
    const { leg, identity, order } = await dial();
    livekit.shows(identity, 'active');
    livekit.dialled(CREATED);
    await leg.until('answered');
    expect(await gateway.hangUp(order.callId, 'test')).toBe('confirmed');
    expect(await leg.end()).toMatchObject({ by: 'local', phase: 'talk', how: 'bye' });
    expect(await gateway.hangUp(order.callId, 'test')).toBe('gone');
  });

  it('says when the participant does not let go', async () => {
    const { leg, identity, order } = await dial();
    livekit.shows(identity, 'active');
    livekit.clings = true;
    livekit.dialled(CREATED);
    await leg.until('answered');
    expect(await gateway.hangUp(order.callId, 'test')).toBe('unconfirmed');
    livekit.clings = false;
  });

  it('cancels a ringing leg, and takes the failure LiveKit then reports as its confirmation', async () => {
    const { leg, order } = await dial();
    const hangingUp = gateway.hangUp(order.callId, 'test');
    livekit.dialled({
      status: 408,
      body: { code: 'canceled', msg: 'INVITE failed', meta: { sip_status_code: '487' } },
    });
    expect(await hangingUp).toBe('confirmed');
    expect(await leg.end()).toMatchObject({ by: 'local', phase: 'setup', how: 'cancel' });
  });

  it('gives up by itself a little after the ring time', async () => {
    const { leg, identity } = await dial({ ringTimeoutMs: 100 });
    livekit.shows(identity, 'ringing');
    expect(await leg.end()).toMatchObject({ by: 'local', phase: 'setup', how: 'timeout' });
    expect(livekit.asked).toContain('RemoveParticipant');
  });

  it('ends a leg that outlives its time', async () => {
    const { leg, identity } = await dial({ maxDurationMs: 100 });
    livekit.shows(identity, 'active');
    livekit.dialled(CREATED);
    expect(await leg.end()).toMatchObject({ by: 'local', phase: 'talk', how: 'timeout' });
  });

  it('looks at the participant when the answer of LiveKit got lost', async () => {
    const { leg, identity } = await dial();
    livekit.shows(identity, 'active');
    livekit.dialled({ status: 500, body: { code: 'internal', msg: 'no answer' } });
    await leg.until('answered');
    livekit.shows(identity, 'hangup');
    expect(await leg.end()).toMatchObject({ by: 'remote', phase: 'talk', how: 'bye' });
  });

  it('reports an INVITE of which nothing is known and nobody is there', async () => {
    const { leg } = await dial();
    livekit.dialled({ status: 500, body: { code: 'internal', msg: 'no answer' } });
    const end = await leg.end();
    expect(end).toMatchObject({ by: 'error', phase: 'setup', how: 'transport' });
    expect(end.status).toBeUndefined();
  });

  it('goes on looking while the room service is away', async () => {
    const { leg, identity } = await dial();
    livekit.broken = true;
    livekit.dialled(CREATED);
    await leg.until('answered');
    livekit.broken = false;
    livekit.shows(identity, 'active');
    livekit.participants = [];
    expect(await leg.end()).toMatchObject({ by: 'remote', how: 'bye' });
  });

  it('refuses a trunk without a LiveKit trunk id, and everything while closing', async () => {
    const order = orderFor({ trunk: { ...TRUNK, providerTrunkId: undefined }, to: '+15550100001' }, 'room');
    expect(await gateway.place(order, new Recorder())).toMatchObject({ ok: false, code: 'trunk_unusable' });
    expect(gateway.problem()).toBeNull();
    await gateway.close();
    expect(await gateway.place(order, new Recorder())).toMatchObject({ ok: false, code: 'draining' });
    expect(gateway.problem()).not.toBeNull();
  });

  it('ends what an earlier process of its name left behind', async () => {
    const entry = { gateway: 'livekit-sip', roomName: 'room', participantIdentity: 'sip_lost' };
    await journal.save('cal_lost', 'test-node', entry);
    await journal.save('cal_other', 'test-node', { gateway: 'embedded' });
    livekit.shows('sip_lost', 'active');
    const lost: string[] = [];
    await gateway.start((callId, end) => {
      lost.push(`${callId} ${end.by} ${end.how}`);
      return Promise.resolve();
    });
    expect(lost).toEqual(['cal_lost error transport']);
    expect(livekit.participants).toEqual([]);
    expect([...journal.rows.keys()]).toEqual(['cal_other']);
  });
});
