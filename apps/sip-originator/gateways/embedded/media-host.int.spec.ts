import { joinRoom, roomToken, type RoomLeg } from '@callplane/livekit';
import { createOffer, openRtpSession, readMedia, type NegotiatedMedia, type RtpSession } from '@callplane/sip';
import { createLogger } from '@callplane/telemetry';
import { waitFor } from '@callplane/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorkbench, type Workbench } from './embedded-harness.suite.ts';
import { MediaHost } from './media-host.ts';
import type { MediaOrder, WorkerMessage } from './media-messages.ts';
import { loudness, tone } from './phone.suite.ts';

type Open = Extract<MediaOrder, { t: 'open' }>;

let bench: Workbench;
let agent: RoomLeg;
const said: WorkerMessage[] = [];
const far: RtpSession[] = [];
const settings = { node: 'test', logLevel: 'silent', rtpMissingMs: 300, rtpLostMs: 400 };
const host = new MediaHost(settings, createLogger('test', 'test', 'silent'), (message) => said.push(message));
let count = 0;

beforeAll(async () => {
  bench = await openWorkbench();
  host.start();
  const token = await roomToken(bench.livekit, { room: 'host', identity: 'agent' });
  agent = await joinRoom({ url: bench.livekit.url, token, sampleRate: 8000 });
});

afterAll(async () => {
  await agent.close();
  for (const session of far) session.close();
  // Releases the native runtime of this process too: nothing may join after it.
  await host.stop();
  await bench.close();
});

async function order(with_: Partial<Open> = {}): Promise<Open> {
  count += 1;
  const callId = `host_${count}`;
  const token = await roomToken(bench.livekit, { room: 'host', identity: callId, kind: 'sip' });
  return { t: 'open', callId, rtpHost: '127.0.0.1', room: { url: bench.livekit.url, token }, ...with_ };
}

const about = (callId: string): string[] =>
  said.flatMap((message) => ('callId' in message && message.callId === callId ? [message.t] : []));

async function until(callId: string, word: WorkerMessage['t']): Promise<WorkerMessage> {
  return waitFor(`${word} of ${callId}`, () =>
    said.find((message) => message.t === word && 'callId' in message && message.callId === callId),
  );
}

/** A far end for the session on that port, and what to tell the session about it. */
async function farEnd(port: number): Promise<{ rtp: RtpSession; media: NegotiatedMedia }> {
  const rtp = await openRtpSession({ host: '127.0.0.1' });
  far.push(rtp);
  const describe_ = (at: number): NegotiatedMedia => {
    const read = readMedia(createOffer({ host: '127.0.0.1', port: at }));
    if (!read.ok) throw new Error(read.problem);
    return read.media;
  };
  rtp.start(describe_(port));
  return { rtp, media: describe_(rtp.port) };
}

describe('MediaHost', () => {
  it('is ready once started', () => {
    expect(said).toEqual([{ t: 'ready' }]);
  });

  it('carries a call: port, room, audio both ways, keys, silence, and everything given back', async () => {
    const open = await order();
    const { callId } = open;
    await host.receive(open);
    const opened = await until(callId, 'opened');
    const { rtp, media } = await farEnd(opened.t === 'opened' ? opened.port : 0);
    const heardFar: Int16Array[] = [];
    const heardRoom: Int16Array[] = [];
    rtp.on('audio', ({ samples }) => heardFar.push(samples));
    agent.onRemoteAudio(
      (identity) => identity === callId,
      { sampleRate: 8000, frameMs: 20 },
      (samples) => heardRoom.push(samples),
    );
    await until(callId, 'joined');
    await host.receive({ t: 'start', callId, media });
    await host.receive({ t: 'answered', callId });
    await host.receive({ t: 'attributes', callId, attributes: { 'sip.callStatus': 'active' } });
    await waitFor('a sip participant', () =>
      agent.participants().some((one) => one.identity === callId && one.kind === 'sip'),
    );
    let n = 0;
    const playing = setInterval(() => rtp.send(tone(n++)), 20);
    const speaking = setInterval(() => void agent.captureFrame(tone(n)), 20);
    await waitFor('the far end in the room', () => heardRoom.filter((pcm) => loudness(pcm) > 3000).length > 10);
    await waitFor('the room at the far end', () => heardFar.filter((pcm) => loudness(pcm) > 3000).length > 10);
    rtp.sendDtmf('9');
    await until(callId, 'dtmf');
    clearInterval(playing);
    clearInterval(speaking);
    await until(callId, 'silent');
    await host.receive({ t: 'close', callId });
    expect(said.at(-1)).toMatchObject({ t: 'closed', callId, lost: 0 });
    expect(about(callId)).toEqual(['opened', 'joined', 'dtmf', 'silent', 'closed']);
    await host.receive({ t: 'close', callId });
    await host.receive({ t: 'start', callId, media });
    expect(about(callId).at(-1)).toBe('closed');
  });

  it('closes a call whose port was still being bound', async () => {
    const open = await order();
    const opening = host.receive(open);
    await host.receive({ t: 'close', callId: open.callId });
    await opening;
    expect(about(open.callId)).toEqual(['opened', 'closed']);
  });

  it('says that a room cannot be joined, and that a port cannot be bound', async () => {
    const nowhere = await order({ room: { url: 'ws://127.0.0.1:1', token: 'none' } });
    await host.receive(nowhere);
    expect(await until(nowhere.callId, 'join-failed')).toMatchObject({ detail: expect.stringContaining('join') });
    await host.receive({ t: 'attributes', callId: nowhere.callId, attributes: {} });
    await host.receive({ t: 'close', callId: nowhere.callId });
    const unbound = await order({ rtpHost: '192.0.2.1' });
    await host.receive(unbound);
    expect(about(unbound.callId)).toEqual(['open-failed']);
  });

  it('says that it was sent out of the room', async () => {
    const open = await order();
    await host.receive(open);
    await until(open.callId, 'joined');
    await bench.admin.removeParticipant('host', open.callId);
    expect(await until(open.callId, 'room-left')).toMatchObject({ reason: 'PARTICIPANT_REMOVED' });
    await host.receive({ t: 'close', callId: open.callId });
  });
});
