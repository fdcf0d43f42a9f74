import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { openRtpSession } from '../index.ts';
import type { NegotiatedMedia, RtpAudio, RtpSession } from '../index.ts';
import { printRtp } from './rtp-packet.ts';
import { encodeG711 } from './g711.ts';

const HOST = '127.0.0.1';
const open: { close(): void }[] = [];

afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function aSession(): Promise<RtpSession> {
  const session = await openRtpSession({ host: HOST });
  open.push(session);
  return session;
}

async function aSocket(host = HOST): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, host);
  await once(socket, 'listening');
  open.push(socket);
  return socket;
}

function mediaTo(port: number, extra: Partial<NegotiatedMedia> = {}): NegotiatedMedia {
  const base = {
    remote: { host: HOST, port },
    codec: 'PCMA',
    payloadType: 8,
    telephoneEventType: 101,
    ptimeMs: 20,
    direction: 'sendrecv',
  } as const;
  return { ...base, ...extra };
}

const tone = Int16Array.from({ length: 160 }, (_, i) => Math.round(8_000 * Math.sin(i / 3)));

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe('RTP session', () => {
  it('binds even ports below the ephemeral range and says when there is none', async () => {
    const sessions = await Promise.all(Array.from({ length: 20 }, aSession));
    for (const { port } of sessions) expect([port % 2, port < 32_768]).toEqual([0, true]);
    const { port } = sessions[0] ?? { port: 0 };
    await expect(openRtpSession({ host: HOST, ports: { min: port, max: port } })).rejects.toThrow('no free RTP port');
    await expect(openRtpSession({ host: '192.0.2.1' })).rejects.toThrow('cannot bind an RTP port on 192.0.2.1');
  });

  it('carries audio and keys both ways', async () => {
    const [a, b] = [await aSession(), await aSession()];
    a.start(mediaTo(b.port));
    b.start(mediaTo(a.port));
    const heard: RtpAudio[] = [];
    const keys: string[] = [];
    b.on('audio', (audio) => heard.push(audio));
    b.on('dtmf', ({ digit }) => keys.push(digit));
    for (let i = 0; i < 5; i += 1) a.send(tone);
    expect(a.sendDtmf('7', 60)).toBe(true);
    await until(() => heard.length === 5 && keys.length === 1);
    expect(Math.abs((heard[2]?.samples[40] ?? 0) - (tone[40] ?? 0))).toBeLessThan(300);
    expect(heard.map((h) => h.timestamp - (heard[0]?.timestamp ?? 0))).toEqual([0, 160, 320, 480, 640]);
    expect(keys).toEqual(['7']);
    expect(b.stats).toMatchObject({ lost: 0, discarded: 0 });
    expect(a.stats.sent).toBeGreaterThanOrEqual(6);
  });

  it('counts losses, drops repeats and stragglers, survives a restarted sender', async () => {
    const [session, peer] = [await aSession(), await aSocket()];
    session.start(mediaTo(peer.address().port));
    const lost: number[] = [];
    session.on('audio', (audio) => lost.push(audio.lost));
    const send = (sequence: number, ssrc = 1, payloadType = 8): void => {
      const payload = encodeG711('PCMA', tone);
      peer.send(
        printRtp({ marker: false, payloadType, sequence, timestamp: sequence * 160, ssrc, payload }),
        session.port,
        HOST,
      );
    };
    for (const sequence of [10, 11, 14, 14, 13, 15]) send(sequence);
    send(9_000);
    send(5, 2);
    send(6, 2, 18);
    peer.send(Buffer.from('rubbish'), session.port, HOST);
    send(6, 2);
    await until(() => lost.length === 7);
    expect(lost).toEqual([0, 0, 2, 0, 0, 0, 0]);
    await until(() => session.stats.discarded === 4);
    expect(session.stats).toMatchObject({ received: 7, lost: 2 });
    expect(session.stats.lastReceivedAt).toBeGreaterThan(0);
  });

  it('sends where the negotiated peer really is, and ignores strangers', async () => {
    const [session, peer, stranger] = [await aSession(), await aSocket(), await aSocket('127.0.0.2')];
    const said = await aSocket();
    session.start(mediaTo(said.address().port));
    const packet = printRtp({
      marker: false,
      payloadType: 8,
      sequence: 1,
      timestamp: 0,
      ssrc: 77,
      payload: encodeG711('PCMA', tone),
    });
    stranger.send(packet, session.port, HOST);
    await until(() => session.stats.discarded === 1);
    const first = once(said, 'message');
    session.send(tone);
    await first;
    peer.send(packet, session.port, HOST);
    await until(() => session.stats.received === 1);
    const moved = once(peer, 'message');
    session.send(tone);
    await moved;
    // The same stream from another address: the far end's NAT moved it.
    const next = printRtp({
      marker: false,
      payloadType: 8,
      sequence: 2,
      timestamp: 160,
      ssrc: 77,
      payload: encodeG711('PCMA', tone),
    });
    const followed = once(stranger, 'message');
    stranger.send(next, session.port, HOST);
    await until(() => session.stats.received === 2);
    session.send(tone);
    await followed;
  });

  it('is silent before the start, on hold and after the end, while its clock runs on', async () => {
    const [session, peer] = [await aSession(), await aSocket()];
    const { port } = peer.address();
    session.send(tone);
    expect(session.sendDtmf('1')).toBe(false);
    session.start(mediaTo(port, { direction: 'recvonly' }));
    session.send(tone);
    session.start(mediaTo(port));
    session.skip(160);
    const arrived = once(peer, 'message');
    session.send(tone);
    const [bytes] = (await arrived) as [Buffer];
    expect([session.stats.sent, (bytes[1] ?? 0) & 0x80]).toEqual([1, 0x80]);
    session.close();
    session.close();
    session.send(tone);
    expect(session.stats.sent).toBe(1);
  });
});
