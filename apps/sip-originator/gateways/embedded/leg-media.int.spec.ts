import { disposeRtc, joinRoom, roomToken, type RoomLeg, type RoomLegEvents } from '@callplane/livekit';
import { waitFor } from '@callplane/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { answer, expectBye, invited, ring } from '@callplane/testing';
import { startFarEnd } from '@callplane/testing';
import type { PlaceOrder } from '../sip-gateway.ts';
import { orderFor, Recorder } from '../sip-gateway.suite.ts';
import type { EmbeddedGateway } from './embedded-gateway.ts';
import { gatewayOn, openWorkbench, trunkTo, type Workbench } from './embedded-harness.suite.ts';
import { loudness, openPhone, tone, type Phone, type PhoneCall } from './phone.suite.ts';

let bench: Workbench;
let gateway: EmbeddedGateway;
let phone: Phone;
const agents: RoomLeg[] = [];
let rooms = 0;

beforeAll(async () => {
  bench = await openWorkbench();
  gateway = gatewayOn(bench, { RTP_MISSING_MS: '800', RTP_LOST_MS: '1000' });
  await gateway.start(() => Promise.resolve());
  phone = await openPhone();
});

afterEach(async () => {
  await Promise.all(gateway.held().map((callId) => gateway.hangUp(callId, 'end of test')));
  await Promise.all(agents.splice(0).map((agent) => agent.close()));
});

afterAll(async () => {
  await phone.close();
  await gateway.close();
  await disposeRtc();
  await bench.close();
});

async function agentIn(room: string, events: RoomLegEvents = {}): Promise<RoomLeg> {
  const token = await roomToken(bench.livekit, { room, identity: 'agent' });
  const agent = await joinRoom({ url: bench.livekit.url, token, sampleRate: 8000, queueMs: 100, events });
  agents.push(agent);
  return agent;
}

/** What the agent hears of the caller. */
function listen(agent: RoomLeg): { samples: Int16Array; at: number }[] {
  const heard: { samples: Int16Array; at: number }[] = [];
  const format = { sampleRate: 8000, frameMs: 20 };
  agent.onRemoteAudio(
    (identity) => identity.startsWith('sip_'),
    format,
    (samples) => heard.push({ samples, at: performance.now() }),
  );
  return heard;
}

/** Speaks a tone into the room until told to stop; the queue of the track keeps the pace. */
function speak(agent: RoomLeg): () => void {
  let speaking = true;
  void (async () => {
    for (let n = 0; speaking && (await agent.captureFrame(tone(n)));) n += 1;
  })();
  return () => (speaking = false);
}

const loud = (frames: { samples: Int16Array }[]): number =>
  frames.filter(({ samples }) => loudness(samples) > 3000).length;

async function dialPhone(
  with_: Partial<PlaceOrder> = {},
): Promise<{ order: PlaceOrder; leg: Recorder; far: PhoneCall }> {
  const order = orderFor({ trunk: trunkTo(phone.uri), to: '+15550100001' }, `media_${(rooms += 1)}`, with_);
  const leg = new Recorder();
  const coming = phone.nextCall();
  expect(await gateway.place(order, leg)).toEqual({ ok: true });
  return { order, leg, far: await coming };
}

describe('audio of a leg', () => {
  it('goes both ways: sipp echoes what the agent says', async () => {
    const far = await startFarEnd([invited, ring, answer, expectBye], { echo: true });
    const room = 'echo';
    const agent = await agentIn(room);
    const heard = listen(agent);
    const order = orderFor({ trunk: trunkTo(far.uri), to: '+15550100002' }, room);
    const leg = new Recorder();
    await gateway.place(order, leg);
    await leg.until('answered');
    const stop = speak(agent);
    await waitFor('a second of echo', () => loud(heard) >= 50);
    stop();
    const [caller] = await bench.admin.listParticipants(room).then((all) => all.filter(({ kind }) => kind === 'sip'));
    expect(caller).toMatchObject({ identity: order.participantIdentity });
    await waitFor('the status of the call', async () => {
      const all = await bench.admin.listParticipants(room);
      return all.some(({ attributes }) => attributes['sip.callStatus'] === 'active');
    });
    expect(caller?.attributes).toMatchObject({
      'sip.callID': order.callId,
      'sip.phoneNumber': '+15550100002',
      'sip.trunkPhoneNumber': '+15550109001',
    });
    expect(await gateway.hangUp(order.callId, 'test')).toBe('confirmed');
    await far.passed;
  });

  it.each(['PCMU', 'PCMA'] as const)('carries a tone of the caller into the room, in %s', async (codec) => {
    const { order, leg, far } = await dialPhone();
    const agent = await agentIn(order.roomName);
    const heard = listen(agent);
    far.answer(codec);
    await leg.until('answered');
    const stop = far.playTone();
    await waitFor('half a second of tone', () => loud(heard) >= 25);
    stop();
  });

  it('sends silence at an even pace while nobody speaks, and the voice once somebody does', async () => {
    const { order, leg, far } = await dialPhone();
    far.answer();
    await leg.until('answered');
    await waitFor('a second of silence', () => far.heard.length >= 50);
    expect(loud(far.heard)).toBe(0);
    const agent = await agentIn(order.roomName);
    const stop = speak(agent);
    await waitFor('the voice', () => loud(far.heard) >= 50);
    stop();
    const span = (far.heard.at(-1)!.at - far.heard[0]!.at) / (far.heard.length - 1);
    // 20 ms a frame over the whole call, across the change of pacing; the clock of a busy machine is not ours to test.
    expect(span).toBeGreaterThan(17);
    expect(span).toBeLessThan(24);
  });

  it('lets the room hear early media', async () => {
    const { order, leg, far } = await dialPhone();
    const agent = await agentIn(order.roomName);
    const heard = listen(agent);
    far.earlyMedia();
    const stop = far.playTone();
    await waitFor('the announcement', () => loud(heard) >= 10);
    expect(leg.said).toEqual(['ringing 183']);
    stop();
    far.call.reject(480);
    expect(await leg.end()).toMatchObject({ by: 'remote', how: 'response', status: 480 });
  });

  it('passes a key press on to the room', async () => {
    const { order, leg, far } = await dialPhone();
    const digits: string[] = [];
    await agentIn(order.roomName, { dtmfReceived: (digit, identity) => digits.push(`${identity} ${digit}`) });
    far.answer();
    await leg.until('answered');
    // The RTP clock, by which presses are told apart, runs with the audio.
    const stop = far.playTone();
    // LiveKit drops data for a participant whose data channel is not up yet, so the first key may go unheard.
    const pressing = setInterval(() => far.rtp.sendDtmf('1'), 300);
    await waitFor('the first key', () => digits.length > 0);
    clearInterval(pressing);
    const since = far.rtp.stats.sent;
    await waitFor('the last press to be over', () => far.rtp.stats.sent > since + 20);
    expect(far.rtp.sendDtmf('5')).toBe(true);
    await waitFor('the digit', () => digits.some((digit) => digit.endsWith('5')));
    stop();
    expect(digits.filter((digit) => digit === `${order.participantIdentity} 5`)).toHaveLength(1);
  });

  it('reports a caller of whom nothing was heard since the answer, once, and keeps the leg', async () => {
    const { order, leg, far } = await dialPhone();
    far.answer();
    await leg.until('silent missing');
    expect(gateway.held()).toContain(order.callId);
    const stop = far.playTone();
    await waitFor('RTP at the gateway', () => far.rtp.stats.sent > 5);
    stop();
    await leg.until('silent lost');
    expect(leg.said.filter((word) => word.startsWith('silent'))).toEqual(['silent missing', 'silent lost']);
  });
});

describe('the end of the room', () => {
  it.each([
    ['is deleted', (room: string) => bench.admin.deleteRoom(room)],
    ['sends the caller away', (room: string, who: string) => bench.admin.removeParticipant(room, who)],
  ])('ends the leg by BYE when it %s', async (_what, end) => {
    const { order, leg, far } = await dialPhone();
    far.answer();
    await leg.until('answered');
    const ended = far.call.next('ended');
    await end(order.roomName, order.participantIdentity);
    expect(await leg.end()).toMatchObject({ by: 'local', phase: 'talk', how: 'bye' });
    expect(await ended).toMatchObject({ by: 'remote', how: 'bye' });
  });

  it('ends the leg as broken when another participant takes its identity', async () => {
    const { order, leg, far } = await dialPhone();
    far.answer();
    await leg.until('answered');
    const token = await roomToken(bench.livekit, { room: order.roomName, identity: order.participantIdentity });
    agents.push(await joinRoom({ url: bench.livekit.url, token }));
    expect(await leg.end()).toMatchObject({ by: 'error', phase: 'talk', how: 'media' });
    await waitFor('the BYE', () => far.call.state === 'ended');
  });

  it('cancels the leg when the room cannot be joined at all', async () => {
    const nowhere = gatewayOn({ ...bench, livekit: { ...bench.livekit, url: 'ws://127.0.0.1:1' } });
    await nowhere.start(() => Promise.resolve());
    const order = orderFor({ trunk: trunkTo(phone.uri), to: '+15550100001' }, 'nowhere');
    const leg = new Recorder();
    const coming = phone.nextCall();
    await nowhere.place(order, leg);
    (await coming).call.ring();
    const end = await leg.end();
    expect(end).toMatchObject({ by: 'error', phase: 'setup', how: 'media' });
    expect(end.reason).toContain('join');
    await nowhere.close();
  });
});
