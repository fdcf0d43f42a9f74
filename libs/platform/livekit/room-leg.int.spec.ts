import { startLiveKit, temporaryFolder, type RunningLiveKit } from '@callplane/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createRoomAdmin,
  disposeRtc,
  joinRoom,
  roomToken,
  type RoomAdmin,
  type RoomLeg,
  type RoomLegEvents,
} from './index.ts';

const RATE = 8000;
const folder = temporaryFolder();
let livekit: RunningLiveKit;
let admin: RoomAdmin;
const legs: RoomLeg[] = [];

beforeAll(async () => {
  livekit = await startLiveKit({ configDir: folder.path });
  admin = createRoomAdmin(livekit);
});

afterAll(async () => {
  await Promise.all(legs.map((leg) => leg.close()));
  await disposeRtc();
  await livekit.stop();
  folder.remove();
});

interface Join {
  kind?: 'sip';
  attributes?: Record<string, string>;
  queueMs?: number;
  events?: RoomLegEvents;
}

async function join(room: string, identity: string, how: Join = {}): Promise<RoomLeg> {
  const { kind, attributes, queueMs, events } = how;
  const token = await roomToken(livekit, {
    room,
    identity,
    ...(kind === undefined ? {} : { kind }),
    ...(attributes === undefined ? {} : { attributes }),
  });
  const leg = await joinRoom({
    url: livekit.url,
    token,
    sampleRate: RATE,
    ...(queueMs === undefined ? {} : { queueMs }),
    ...(events === undefined ? {} : { events }),
  });
  legs.push(leg);
  return leg;
}

async function until(what: string, check: () => boolean | Promise<boolean>, ms = 10_000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`waited ${ms} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** 20 ms of a 440 Hz tone as a view into a larger buffer: the native side must not send what lies before it. */
function toneView(n: number): Int16Array {
  const samples = new Int16Array(480).fill(0);
  const view = samples.subarray(320, 480);
  for (let i = 0; i < 160; i += 1) view[i] = Math.round(8000 * Math.sin((2 * Math.PI * 440 * (n * 160 + i)) / RATE));
  return view;
}

const loudness = (pcm: Int16Array): number => Math.sqrt(pcm.reduce((sum, s) => sum + s * s, 0) / pcm.length);

describe('RoomLeg', () => {
  it.each([0, 100])('carries a tone from one participant to the other (queue %i ms)', async (queueMs) => {
    const room = `tone${queueMs}`;
    await admin.createRoom(room);
    const caller = await join(room, 'sip_1', { kind: 'sip', queueMs, attributes: { 'sip.callID': 'x' } });
    const agent = await join(room, 'agent_1');
    const heard: Int16Array[] = [];
    const stop = agent.onRemoteAudio(
      (identity) => identity.startsWith('sip_'),
      { sampleRate: RATE, frameMs: 20 },
      (samples) => heard.push(samples),
    );
    const others: string[] = [];
    agent.onRemoteAudio(
      (identity) => identity === 'nobody',
      { sampleRate: RATE, frameMs: 20 },
      (_samples, identity) => others.push(identity),
    );
    let sending = true;
    const send = (async () => {
      for (let n = 0; sending && n < 1000; n += 1) {
        await caller.captureFrame(toneView(n));
        if (queueMs === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    await until('ten loud frames', () => heard.filter((pcm) => loudness(pcm) > 3000).length >= 10);
    sending = false;
    await send;
    expect(heard[0]).toHaveLength(160);
    expect(others).toEqual([]);
    expect(agent.participants()).toEqual([{ identity: 'sip_1', kind: 'sip', attributes: { 'sip.callID': 'x' } }]);
    expect((await admin.listParticipants(room)).map((p) => `${p.identity} ${p.kind}`).sort()).toEqual([
      'agent_1 standard',
      'sip_1 sip',
    ]);
    stop();
    const count = heard.length;
    await caller.captureFrame(toneView(0));
    await agent.setAttributes({ state: 'listening' });
    await until('the new attribute at the caller', () => caller.participants()[0]?.attributes['state'] === 'listening');
    expect(heard.length).toBe(count);
    await Promise.all([caller.close(), agent.close()]);
  });

  it('knows what is queued, waits when the queue is full, and forgets it on clearQueue', async () => {
    const leg = await join('queue', 'agent_2', { queueMs: 200 });
    const startedAt = performance.now();
    for (let n = 0; n < 30; n += 1) expect(await leg.captureFrame(toneView(n))).toBe(true);
    expect(performance.now() - startedAt).toBeGreaterThan(250);
    expect(leg.queuedMs()).toBeGreaterThan(100);
    leg.clearQueue();
    expect(leg.queuedMs()).toBe(0);
    await leg.close();
    await leg.close();
    expect(await leg.captureFrame(toneView(0))).toBe(false);
    await expect(leg.setAttributes({ a: 'b' })).rejects.toThrow('closed');
  });

  it('sees others come, send digits and leave, and says why it was sent away itself', async () => {
    const seen: string[] = [];
    const events: RoomLegEvents = {
      participantJoined: (p) => seen.push(`joined ${p.identity}`),
      participantLeft: (p) => seen.push(`left ${p.identity}`),
      attributesChanged: (p) => seen.push(`${p.identity} is ${p.attributes['mood']}`),
      dtmfReceived: (digit, identity) => seen.push(`${identity} pressed ${digit}`),
      disconnected: (reason) => seen.push(reason),
    };
    await admin.createRoom('events');
    await join('events', 'agent_3', { events });
    const caller = await join('events', 'sip_3');
    await until('joined', () => seen.includes('joined sip_3'));
    await caller.setAttributes({ mood: 'well' });
    await caller.sendDtmf('#');
    await until('a digit', () => seen.includes('sip_3 pressed #'));
    await until('an attribute', () => seen.includes('sip_3 is well'));
    await expect(caller.sendDtmf('x')).rejects.toThrow('DTMF');
    await caller.close();
    await until('left', () => seen.includes('left sip_3'));
    expect(await admin.deleteRoom('events')).toBe(true);
    await until('sent away', () => seen.includes('ROOM_DELETED'));
  });

  it('refuses a token of somebody else', async () => {
    const token = await roomToken({ ...livekit, apiSecret: 'x'.repeat(40) }, { room: 'r', identity: 'i' });
    await expect(joinRoom({ url: livekit.url, token })).rejects.toThrow('could not join');
  });
});

describe('RoomAdmin', () => {
  it('creates, lists, checks and deletes rooms; a missing one is fine', async () => {
    await admin.createRoom('call_a');
    await admin.createRoom('call_a');
    await admin.createRoom('other');
    expect(await admin.listRooms('call_')).toEqual(['call_a']);
    expect(await admin.roomExists('call_a')).toBe(true);
    expect(await admin.deleteRoom('call_a')).toBe(true);
    expect(await admin.deleteRoom('call_a')).toBe(false);
    expect(await admin.roomExists('call_a')).toBe(false);
    expect(await admin.listParticipants('call_a')).toEqual([]);
    expect(await admin.removeParticipant('other', 'nobody')).toBe(false);
  });

  it('removes a participant, who is told so', async () => {
    const reasons: string[] = [];
    await join('removal', 'sip_9', { events: { disconnected: (reason) => reasons.push(reason) } });
    expect(await admin.removeParticipant('removal', 'sip_9')).toBe(true);
    await until('removed', () => reasons.length > 0);
    expect(reasons).toEqual(['PARTICIPANT_REMOVED']);
  });

  it('rejects what is not a missing room', async () => {
    const stranger = createRoomAdmin({ ...livekit, apiSecret: 'y'.repeat(40) });
    await expect(stranger.deleteRoom('other')).rejects.toThrow();
  });
});

describe('roomToken', () => {
  it('is never good for longer than ten minutes', async () => {
    await expect(roomToken(livekit, { room: 'r', identity: 'i', ttlS: 601 })).rejects.toThrow(RangeError);
  });
});
