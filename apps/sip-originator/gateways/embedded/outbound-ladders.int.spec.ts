import { freePort } from '@callplane/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  answer,
  answerAndKeep,
  answerCrossesCancel,
  answerWith,
  answerWithoutSdp,
  challenge,
  earlyMedia,
  endLabel,
  expectBye,
  hangUp,
  invited,
  pause,
  refuse,
  reinvite,
  reply,
  ring,
  swallowBye,
  type Step,
} from '@callplane/testing';
import { startFarEnd, type FarEndOptions } from '@callplane/testing';
import type { PlaceOrder, Trunk } from '../sip-gateway.ts';
import { orderFor, Recorder } from '../sip-gateway.suite.ts';
import type { EmbeddedGateway } from './embedded-gateway.ts';
import { gatewayOn, MemoryJournal, openWorkbench, trunkTo, type Workbench } from './embedded-harness.suite.ts';

let bench: Workbench;
let gateway: EmbeddedGateway;
const journal = new MemoryJournal();
let rooms = 0;

beforeAll(async () => {
  bench = await openWorkbench();
  gateway = gatewayOn(bench, {}, journal);
  await gateway.start(() => Promise.resolve());
});

afterAll(async () => {
  await gateway.close();
  await bench.close();
});

async function dial(trunk: Trunk, with_: Partial<PlaceOrder> = {}) {
  const order = orderFor({ trunk, to: '+15550100001' }, `ladder_${(rooms += 1)}`, with_);
  const leg = new Recorder();
  expect(await gateway.place(order, leg)).toEqual({ ok: true });
  return { order, leg };
}

async function dialSipp(steps: Step[], options: FarEndOptions = {}, credentials?: Trunk['credentials']) {
  const far = await startFarEnd(steps, options);
  return { far, ...(await dial(trunkTo(far.uri, credentials))) };
}

describe('the ladder of an outbound leg', () => {
  it('goes over TCP as well', async () => {
    const { far, order, leg } = await dialSipp([invited, ring, answer, expectBye], { transport: 'tcp' });
    await leg.until('answered');
    expect(await gateway.hangUp(order.callId, 'test')).toBe('confirmed');
    await far.passed;
  });

  it('ends by BYE a leg whose answer crossed our CANCEL', async () => {
    const { far, order, leg } = await dialSipp([invited, ring, answerCrossesCancel]);
    await leg.until('ringing 180');
    expect(await gateway.hangUp(order.callId, 'test')).toBe('confirmed');
    expect(await leg.end()).toMatchObject({ by: 'local', phase: 'setup', how: 'cancel', status: 200 });
    expect(leg.said).toEqual(['ringing 180', 'ended']);
    await far.passed;
  });

  it('answers a challenge, and says so when the credentials are refused', async () => {
    const good = await dialSipp(
      [invited, challenge, answer, expectBye, endLabel],
      {},
      { username: 'trunk', password: 'secret' },
    );
    await good.leg.until('answered');
    await gateway.hangUp(good.order.callId, 'test');
    await good.far.passed;
    const bad = await dialSipp(
      [invited, challenge, answer, expectBye, endLabel],
      {},
      { username: 'trunk', password: 'wrong' },
    );
    expect(await bad.leg.end()).toMatchObject({ by: 'remote', how: 'response', status: 403, challenged: true });
    await bad.far.passed;
  });

  it('keeps the evidence of a refusal', async () => {
    const headers = ['Reason: Q.850;cause=20', 'X-Carrier-Error: 32203', 'Subject: not kept'];
    const { far, leg } = await dialSipp([invited, ring, pause(50), refuse('480 Temporarily Unavailable', headers)]);
    expect(await leg.end()).toEqual({
      by: 'remote',
      phase: 'setup',
      how: 'response',
      status: 480,
      reason: 'Temporarily Unavailable',
      q850: 20,
      headers: { Reason: 'Q.850;cause=20', 'X-Carrier-Error': '32203' },
      challenged: false,
      confirmed: true,
    });
    await far.passed;
  });

  it('tells once that it rings, and again only when the far end says something new', async () => {
    const steps = [invited, ring, ring, reply('181 Call Is Being Forwarded'), pause(50), answer, expectBye];
    const { far, order, leg } = await dialSipp(steps);
    await leg.until('answered');
    expect(leg.said).toEqual(['ringing 180', 'ringing 181 forwarded', 'answered']);
    await gateway.hangUp(order.callId, 'test');
    await far.passed;
  });

  it('takes the description of a 183 when the 200 has none', async () => {
    const { far, order, leg } = await dialSipp([invited, earlyMedia, answerWithoutSdp, expectBye]);
    await leg.until('answered');
    expect(leg.said).toEqual(['ringing 183', 'answered']);
    await gateway.hangUp(order.callId, 'test');
    await far.passed;
  });

  it('ends an answer it cannot play by BYE, as a broken leg', async () => {
    const g729 = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', 'm=audio 6000 RTP/AVP 18'];
    const { far, leg } = await dialSipp([invited, answerWith(g729), expectBye]);
    const end = await leg.end();
    expect(end).toMatchObject({ by: 'error', phase: 'talk', how: 'media' });
    expect(end.reason).toContain('no_common_codec');
    await far.passed;
  });

  it('is put on hold and taken back', async () => {
    const steps = [
      invited,
      ring,
      answerAndKeep,
      reinvite(1, 'sendonly'),
      pause(100),
      reinvite(2, 'sendrecv'),
      hangUp(3),
    ];
    const { far, leg } = await dialSipp(steps);
    expect(await leg.end()).toMatchObject({ by: 'remote', how: 'bye', q850: 16 });
    await far.passed;
  });

  it('says when its BYE was not confirmed', async () => {
    const { far, order, leg } = await dialSipp([invited, answer, swallowBye, pause(3000)]);
    await leg.until('answered');
    const since = performance.now();
    expect(await gateway.hangUp(order.callId, 'test')).toBe('unconfirmed');
    expect(performance.now() - since).toBeLessThan(3500);
    expect(await leg.end()).toMatchObject({ by: 'local', how: 'bye', confirmed: false });
    far.stop();
  });

  it('reports a far end that is not there as a transport error, without a status', async () => {
    const { leg } = await dial(trunkTo(`sip:127.0.0.1:${await freePort()};transport=tcp`));
    const end = await leg.end();
    expect(end).toMatchObject({ by: 'error', phase: 'setup', how: 'transport' });
    expect(end.status).toBeUndefined();
  });

  it('journals the leg from the INVITE to its end', async () => {
    journal.history.length = 0;
    const { far, order, leg } = await dialSipp([invited, ring, pause(100), answer, expectBye]);
    await leg.until('answered');
    expect(journal.rows.get(order.callId)).toMatchObject({
      node: 'test-node',
      dialog: { gateway: 'embedded', dialog: { version: 1, state: 'confirmed', direction: 'outbound' } },
    });
    await gateway.hangUp(order.callId, 'test');
    await far.passed;
    expect(journal.history).toEqual(['save early', 'save early', 'save confirmed', 'remove']);
    expect(journal.rows.size).toBe(0);
  });

  it('does not send the INVITE of an order that was hung up at once', async () => {
    const order = orderFor({ trunk: trunkTo('sip:127.0.0.1:9'), to: '+15550100001' }, 'early');
    const leg = new Recorder();
    const placing = gateway.place(order, leg);
    const outcome = gateway.hangUp(order.callId, 'test');
    expect(await placing).toEqual({ ok: true });
    expect(await outcome).toBe('confirmed');
    expect(await leg.end()).toMatchObject({ by: 'local', phase: 'setup', how: 'cancel' });
    expect(leg.said).toEqual(['ended']);
  });

  it('refuses a trunk it cannot dial', async () => {
    const order = orderFor({ trunk: trunkTo('carrier.example'), to: '+15550100001' }, 'refused');
    expect(await gateway.place(order, new Recorder())).toMatchObject({ ok: false, code: 'trunk_unusable' });
    expect(gateway.held()).not.toContain(order.callId);
  });
});
