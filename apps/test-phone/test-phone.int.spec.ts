import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerOffer, createOffer, createUserAgent, openRtpSession, readMedia } from '@callplane/sip';
import type { OutboundCall, RtpSession, UserAgent } from '@callplane/sip';
import type { CallEntry } from './call-book.ts';
import { PacedMouth } from './paced-mouth.ts';
import { readRecordings } from './recordings.ts';
import { serveHttp } from './serve-http.ts';
import { TestPhone } from './test-phone.ts';
import { readWav } from './wav-file.ts';

const HOST = '127.0.0.1';
const folder = mkdtempSync(join(tmpdir(), 'callplane-phone-'));
const recordings = readRecordings(fileURLToPath(new URL('./recordings/', import.meta.url)));
const quiet = (): void => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const phone = new TestPhone({ host: HOST, sipPort: 0, recordings, recordDir: folder, log });
const agent: UserAgent = createUserAgent({ bind: { host: HOST, port: 0, transports: ['udp', 'tcp'] } });
let base = '';
const closing: (() => void)[] = [];

beforeAll(async () => {
  await phone.listen();
  await agent.listen();
  const server = await serveHttp(phone, HOST, 0);
  base = `http://${HOST}:${(server.address() as AddressInfo).port}`;
  closing.push(() => server.close());
});

afterAll(async () => {
  for (const close of closing) close();
  await agent.close();
  await phone.close();
  rmSync(folder, { recursive: true, force: true });
});

async function get<T>(path: string): Promise<T> {
  return (await fetch(`${base}${path}`)).json() as Promise<T>;
}

function dialPhone(number: string, rtp: { port: number }): OutboundCall {
  const target = `sip:${number}@${HOST}:${phone.address.port}`;
  return agent.invite({ target, from: `sip:+15550109999@${HOST}`, sdp: createOffer({ host: HOST, port: rtp.port }) });
}

async function aSession(): Promise<RtpSession> {
  const rtp = await openRtpSession({ host: HOST });
  closing.push(() => rtp.close());
  return rtp;
}

function loudness(samples: Int16Array): number {
  return Math.sqrt(samples.reduce((sum, s) => sum + s * s, 0) / Math.max(1, samples.length));
}

/** An agent that says back what it heard, once the phone has been quiet for 400 ms: turn taking at its simplest. */
class EchoAgent {
  readonly #mouth: PacedMouth;
  #heard: Int16Array[] = [];
  #quietFrames = 0;
  #isTalking = false;
  turns = 0;

  constructor(rtp: RtpSession) {
    this.#mouth = new PacedMouth(rtp, quiet);
    rtp.on('audio', ({ samples }) => this.#hear(samples));
    closing.push(() => this.#mouth.stop());
  }

  start(): void {
    this.#mouth.start();
  }

  stop(): void {
    this.#mouth.stop();
  }

  #hear(samples: Int16Array): void {
    if (this.#isTalking) return;
    const isLoud = loudness(samples) > 260;
    this.#quietFrames = isLoud ? 0 : this.#quietFrames + 1;
    if (isLoud || this.#heard.length > 0) this.#heard.push(samples);
    if (this.#heard.length < 10 || this.#quietFrames < 20) return;
    const speech = Int16Array.from(this.#heard.flatMap((frame) => [...frame]));
    this.#heard = [];
    this.#isTalking = true;
    this.turns += 1;
    void this.#mouth.play(speech).then(() => (this.#isTalking = false));
  }
}

describe.concurrent('the test phone', () => {
  it('001: talks with an agent, takes turns, says goodbye and hangs up', { timeout: 60_000 }, async () => {
    const rtp = await aSession();
    const echo = new EchoAgent(rtp);
    const call = dialPhone('+15550100001', rtp);
    const { sdp } = await call.next('answered');
    const media = readMedia(sdp);
    if (!media.ok) throw new Error(media.problem);
    rtp.start(media.media);
    echo.start();
    expect(await call.next('ended')).toMatchObject({ by: 'remote', phase: 'talk', how: 'bye' });
    echo.stop();
    const entry = await get<CallEntry>(`/calls/${encodeURIComponent(call.callId)}`);
    expect(entry).toMatchObject({
      dialled: '+15550100001',
      from: '+15550109999',
      direction: 'inbound',
      end: { by: 'local', how: 'bye' },
    });
    expect(entry.steps.map((s) => s.step.do).filter((s) => s === 'listen')).toHaveLength(3);
    expect(entry.heard?.turns.length).toBeGreaterThanOrEqual(2);
    // It went on because it heard the agent finish, not because its patience of 15 s ran out.
    const waits = entry.steps.map((s, i) => (s.step.do === 'listen' ? (entry.steps[i + 1]?.atMs ?? 0) - s.atMs : 0));
    expect(Math.max(...waits)).toBeLessThan(14_000);
    // The echo has nothing to greet with: one turn for each question.
    expect(echo.turns).toBeGreaterThanOrEqual(2);
    expect(entry.heard?.speechMs).toBeGreaterThan(2_500);
    const what = entry.ladder.map((line) => `${line.direction} ${line.what}`);
    expect(what.slice(0, 5)).toEqual([
      'in INVITE',
      'out 100 Trying (INVITE)',
      'out 180 Ringing (INVITE)',
      'out 200 OK (INVITE)',
      'in ACK',
    ]);
    expect(what.at(-2)).toBe('out BYE');
    const wav = readWav(readFileSync(entry.recording ?? ''));
    expect(wav.sampleRate).toBe(8_000);
    expect(loudness(wav.samples)).toBeGreaterThan(300);
  });

  it('002: rings 3 s, then 480', async () => {
    const call = dialPhone('15550100002', { port: 20_000 });
    const since = performance.now();
    expect(await call.next('provisional')).toMatchObject({ status: 180 });
    expect(await call.next('ended')).toMatchObject({ by: 'remote', status: 480 });
    expect(performance.now() - since).toBeGreaterThan(2_900);
  });

  it.each([
    ['+15550100003', 486],
    ['+15550100006', 404],
    ['+15550100007', 403],
    ['+15550100008', 503],
    ['+15550100011', 480],
  ])('%s: %i at once', async (number, status) => {
    expect(await dialPhone(number, { port: 20_000 }).next('ended')).toMatchObject({
      by: 'remote',
      phase: 'setup',
      status,
    });
  });

  it('003: sipp hears busy as well', async () => {
    if (spawnSync('sipp', ['-v']).error) throw new Error('sipp is missing: apt-get install -y sip-tester');
    const cwd = mkdtempSync(join(tmpdir(), 'callplane-sipp-'));
    const scenario = fileURLToPath(new URL('../../libs/platform/sip/ladders/uac-expect-refusal.xml', import.meta.url));
    const args = ['-sf', scenario, '-i', HOST, '-m', '1', '-nostdin', '-timeout', '20s', '-s', '+15550100003'];
    const sipp = spawn('sipp', [...args, `${HOST}:${phone.address.port}`], { cwd, stdio: 'ignore' });
    const [code] = (await once(sipp, 'close')) as [number];
    rmSync(cwd, { recursive: true, force: true });
    expect(code).toBe(0);
  });

  it('005: never answers; our CANCEL ends it', async () => {
    const call = dialPhone('+15550100005', { port: 20_000 });
    await call.next('provisional');
    expect(await call.cancel()).toBe('confirmed');
    expect(phone.call(call.callId)).toMatchObject({ end: { by: 'remote', phase: 'setup', how: 'cancel' } });
  });

  it('009: answers and sends silence until we hang up', async () => {
    const rtp = await aSession();
    const call = dialPhone('+15550100009', rtp);
    const { sdp } = await call.next('answered');
    const media = readMedia(sdp);
    if (!media.ok) throw new Error(media.problem);
    rtp.start(media.media);
    let frames = 0;
    const loud: number[] = [];
    await new Promise<void>((resolve) => {
      rtp.on('audio', ({ samples }) => {
        if (loudness(samples) > 50) loud.push(frames);
        if ((frames += 1) === 60) resolve();
      });
    });
    expect([call.state, loud]).toEqual(['talk', []]);
    expect(await call.bye()).toBe('confirmed');
    expect(phone.call(call.callId)?.end).toMatchObject({ by: 'remote', phase: 'talk', how: 'bye' });
  });

  it('013: an answering machine greets, beeps and falls silent', { timeout: 30_000 }, async () => {
    const rtp = await aSession();
    const call = dialPhone('+15550100013', rtp);
    const { sdp } = await call.next('answered');
    const media = readMedia(sdp);
    if (!media.ok) throw new Error(media.problem);
    const sound: number[] = [];
    rtp.on('audio', ({ samples }) => sound.push(...samples));
    rtp.start(media.media);
    await until(() => phone.call(call.callId)?.steps.at(-1)?.step.do === 'stay');
    await call.bye();
    // Half a second of a pure tone at the end: 16 sign changes in 8 ms of 1 kHz.
    const tone = sound.slice(-3_200, -1_600);
    const crossings = tone.filter((s, i) => i > 0 && s >= 0 !== (tone[i - 1] ?? 0) >= 0).length;
    expect(Math.abs(crossings - 400)).toBeLessThan(8);
    expect(loudness(Int16Array.from(sound.slice(0, -8_000)))).toBeGreaterThan(1_000);
  });

  it('015: answers and sends nothing at all', async () => {
    const rtp = await aSession();
    const call = dialPhone('+15550100015', rtp);
    const { sdp } = await call.next('answered');
    const media = readMedia(sdp);
    if (!media.ok) throw new Error(media.problem);
    rtp.start(media.media);
    await until(() => phone.call(call.callId)?.steps.at(-1)?.step.do === 'stay');
    await call.bye();
    expect(rtp.stats).toMatchObject({ received: 0, discarded: 0 });
  });

  it('places a call itself, with the behaviour it is told', async () => {
    const invited = agent.next('invite');
    agent.on('invite', (call) => {
      const answer = answerOffer(call.sdp, { host: HOST, port: 20_000 });
      if (call.dialled === '+15550105555' && answer.ok) call.answer(answer.sdp);
      else call.ring();
    });
    const target = `${HOST}:${agent.address.port}`;
    const post = async (body: object): Promise<Response> =>
      fetch(`${base}/dial`, { method: 'POST', body: JSON.stringify(body) });
    const placed = (await (
      await post({ to: '+15550105555', from: '+15550100777', target, behaviour: '+15550100009' })
    ).json()) as CallEntry;
    const inbound = await invited;
    expect(inbound).toMatchObject({ dialled: '+15550105555', from: { user: '+15550100777' } });
    expect(placed).toMatchObject({ direction: 'outbound', behaviour: { number: '+15550100009' } });
    await inbound.next('acked');
    await inbound.bye();
    expect(await get(`/calls/${placed.id}`)).toMatchObject({ end: { by: 'remote', how: 'bye' } });

    const abandoned = (await (
      await post({ to: '+15550106666', from: '+1555', target: `sip:x@${target}`, cancelAfterMs: 100 })
    ).json()) as CallEntry;
    const second = await phoneEnd(abandoned.id);
    expect(second?.end).toMatchObject({ by: 'local', phase: 'setup', how: 'cancel', status: 487 });
    expect((await post({ to: '+1', from: '+2', target: '[' })).status).toBe(400);
    expect((await post({ to: 'spaces here' })).status).toBe(400);
  });

  it('answers over HTTP', async () => {
    expect(await get('/healthz')).toMatchObject({ status: 'ok', sip: { port: phone.address.port } });
    expect(await get<unknown[]>('/behaviours')).toHaveLength(16);
    expect(Array.isArray(await get('/calls'))).toBe(true);
    for (const path of ['/nothing', '/calls/none']) expect((await fetch(`${base}${path}`)).status).toBe(404);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function phoneEnd(id: string): Promise<CallEntry | undefined> {
  await until(() => phone.call(id)?.end !== undefined);
  return phone.call(id);
}
