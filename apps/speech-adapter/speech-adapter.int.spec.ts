import {
  decodeSpeechMessage,
  decodeSpokenFrame,
  encodeAudioFrame,
  HEAR_CALLER_SUBJECT,
  HearCallerReply,
  HearEvent,
  hearEventSubject,
  SPEAK_TO_CALLER_SUBJECT,
  speakAudioSubject,
  SpeakToCallerReply,
  type SpokenFrame,
} from '@callplane/contracts';
import { connectNats, NatsBus, NoResponderError } from '@callplane/messaging';
import { BUS, CONFIG, LOGGER, Readiness, READINESS, SHUTDOWN, Shutdown } from '@callplane/service-kit';
import { createLogger } from '@callplane/telemetry';
import { startNats, temporaryFolder } from '@callplane/testing';
import { Module, type DynamicModule, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOCAL_PLACES, render, telephone } from './providers/rendered-speech.suite.ts';
import { join, silence, until } from './providers/stt.suite.ts';
import { speechAdapterConfig } from './speech-adapter.config.ts';
import { SpeechAdapterModule } from './speech-adapter.module.ts';

@Module({})
class KitModule {}

@Module({})
class RootModule {}

const log = createLogger('speech-adapter', 'test', 'silent');
const folder = temporaryFolder();
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

let nats: Awaited<ReturnType<typeof startNats>>;
let client: NatsBus;
let server: NatsBus;
let app: INestApplicationContext;
const readiness = new Readiness();
const shutdown = new Shutdown(log, 1000);

function withKit(values: [symbol, unknown][]): DynamicModule {
  return {
    module: KitModule,
    global: true,
    providers: values.map(([provide, useValue]) => ({ provide, useValue })),
    exports: values.map(([provide]) => provide),
  };
}

beforeAll(async () => {
  nats = await startNats({ storeDir: folder.path, jetstream: false });
  server = new NatsBus(await connectNats(nats.url, 'speech-adapter'));
  client = new NatsBus(await connectNats(nats.url, 'media-bridge'));
  const config = speechAdapterConfig.parse({
    PORT: '0',
    DATABASE_URL: 'none',
    NATS_URL: nats.url,
    CALLPLANE_SECRET: 'x'.repeat(32),
    CALLPLANE_SPEECH_PYTHON: LOCAL_PLACES.python,
    SPEECH_RECOGNISER_PROCESSES: '1',
    SPEECH_INSTANT_PROVIDERS: '1',
    SPEECH_MAX_STREAMS: '4',
  });
  const kit = withKit([
    [BUS, server],
    [CONFIG, config],
    [LOGGER, log],
    [READINESS, readiness],
    [SHUTDOWN, shutdown],
  ]);
  const root: DynamicModule = { module: RootModule, imports: [kit, SpeechAdapterModule] };
  app = await NestFactory.createApplicationContext(root, { logger: false, abortOnError: false });
  await server.flush();
});

afterAll(async () => {
  await app.close();
  await server.close();
  await client.close();
  await nats.stop();
  folder.remove();
});

async function hear(request: object): Promise<HearCallerReply> {
  return HearCallerReply.parse(await client.request(HEAR_CALLER_SUBJECT, request, 10_000));
}

async function speak(request: object): Promise<SpeakToCallerReply> {
  return SpeakToCallerReply.parse(await client.request(SPEAK_TO_CALLER_SUBJECT, request, 10_000));
}

function hearRequest(streamId: string, more: object = {}): object {
  const eventSubject = hearEventSubject(streamId);
  return { streamId, callId: 'cal_1', provider: 'local', language: 'en', sampleRate: 8000, eventSubject, ...more };
}

function speakRequest(streamId: string, more: object = {}): object {
  const audioSubject = speakAudioSubject(streamId);
  const how = { provider: 'local', voice: 'flite:rms', language: 'en', sampleRate: 16000 };
  return { streamId, callId: 'cal_1', audioSubject, ...how, ...more };
}

function eventsOf(streamId: string): HearEvent[] {
  const events: HearEvent[] = [];
  client.subscribe(hearEventSubject(streamId), (data) => {
    const event = decodeSpeechMessage(HearEvent, data);
    if (event !== undefined) events.push(event);
  });
  return events;
}

describe('the speech adapter on NATS', () => {
  it('hears a caller', async () => {
    const events = eventsOf('h1');
    const hints = { phrases: ['please cancel my appointment on friday', 'yes', 'no thank you'] };
    const reply = await hear(hearRequest('h1', { hints }));
    if (!reply.ok) throw new Error(reply.message);
    const pcm = telephone(join(silence(400), render('please cancel my appointment on friday'), silence(700)));
    for (let at = 0, sequence = 0; at < pcm.length; at += 160, sequence++) {
      const frame = { sequence, sampleRate: 8000, captureTimeMs: Date.now(), pcm: pcm.subarray(at, at + 160) };
      client.publish(reply.audioSubject, encodeAudioFrame(frame));
    }
    await until(() => events.some((event) => event.t === 'final'));
    expect(events.find((event) => event.t === 'final')).toMatchObject({
      text: 'please cancel my appointment on friday',
    });
    await until(() => events.some((event) => event.t === 'alive'));
    client.publish(reply.controlSubject, bytes({ t: 'close' }));
    await until(() => events.at(-1)?.t === 'closed');
  });

  it('speaks to a caller, and is silent when cancelled', async () => {
    const frames: SpokenFrame[] = [];
    client.subscribe(speakAudioSubject('s1'), (data) => {
      const frame = decodeSpokenFrame(data);
      if (frame !== undefined && !frame.alive) frames.push(frame);
    });
    const reply = await speak(speakRequest('s1'));
    if (!reply.ok) throw new Error(reply.message);
    client.publish(reply.textSubject, bytes({ t: 'speak', segment: 1, text: 'Good morning. '.repeat(60) }));
    await until(() => frames.length > 2);
    client.publish(reply.textSubject, bytes({ t: 'cancel' }));
    client.publish(reply.textSubject, bytes({ t: 'speak', segment: 2, text: 'Goodbye.' }));
    await until(() => frames.some((frame) => frame.last));
    const cut = frames.findIndex((frame) => frame.segment === 2);
    expect(frames.slice(cut).every((frame) => frame.segment === 2)).toBe(true);
    expect(frames.filter((frame) => frame.last).map((frame) => frame.segment)).toEqual([2]);
    client.publish(reply.textSubject, bytes({ t: 'close' }));
  });

  it('offers the instant providers when it is told to', async () => {
    const hearing = await hear(hearRequest('h2', { provider: 'instant' }));
    const speaking = await speak(speakRequest('s2', { provider: 'instant' }));
    expect([hearing.ok, speaking.ok]).toEqual([true, true]);
    if (hearing.ok) client.publish(hearing.controlSubject, bytes({ t: 'close' }));
    if (speaking.ok) client.publish(speaking.textSubject, bytes({ t: 'close' }));
  });

  it('refuses what it cannot do, with a code and a sentence', async () => {
    const replies = [
      await hear(hearRequest('h3', { provider: 'nobody' })),
      await hear(hearRequest('h3', { language: 'hi' })),
      await hear(hearRequest('h.3')),
      await speak(speakRequest('s3', { voice: 'flite:nobody' })),
      await speak(speakRequest('s3', { sampleRate: 44100 })),
    ];
    const codes = replies.map((reply) => (reply.ok ? 'ok' : reply.code));
    expect(codes).toEqual(['provider-unknown', 'language-unsupported', 'bad-request', 'voice-unknown', 'bad-request']);
  });

  it('has a limit of streams', async () => {
    const replies: SpeakToCallerReply[] = [];
    for (const id of ['b1', 'b2', 'b3', 'b4', 'b5']) {
      replies.push(await speak(speakRequest(id, { provider: 'instant' })));
    }
    expect(replies.map((reply) => (reply.ok ? 'ok' : reply.code))).toEqual(['ok', 'ok', 'ok', 'ok', 'busy']);
    for (const reply of replies) if (reply.ok) client.publish(reply.textSubject, bytes({ t: 'close' }));
  });

  it('is ready, and names no missing part', async () => {
    expect(await readiness.report()).toEqual({ ready: true, missing: {}, hints: {} });
  });

  it('takes no new streams once it stops, and ends those it has', async () => {
    const events = eventsOf('h9');
    const reply = await hear(hearRequest('h9', { provider: 'instant' }));
    expect(reply.ok).toBe(true);
    shutdown.begin('SIGINT');
    await app.close();
    await until(() => events.at(-1)?.t === 'closed');
    await server.flush();
    await expect(hear(hearRequest('h10'))).rejects.toThrow(NoResponderError);
    await expect(speak(speakRequest('s10'))).rejects.toThrow(NoResponderError);
  });
});
