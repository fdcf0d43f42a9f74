import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { SpeechError } from '../speech-provider.ts';
import { until } from '../stt.suite.ts';
import { collectSpeech, lasts, loudness, ttsConformance } from '../tts.suite.ts';
import { findPackaged } from './find-espeak.ts';
import { findProgram } from './find-program.ts';
import { LocalTts } from './local-tts.ts';

const path = process.env['PATH'] ?? '';
const tts = new LocalTts({ path });
afterAll(() => tts.close());

const open = (voice: string, language = 'en', provider = tts) =>
  provider.open({
    voice,
    language,
    format: { encoding: 'pcm_s16le', sampleRate: 16000 },
    signal: new AbortController().signal,
  });

for (const voice of ['espeak:en', 'flite:rms', 'flite:slt'])
  ttsConformance({ name: `the local voice ${voice}`, provider: () => tts, voice });

describe('the local voices', () => {
  it.each(['espeak:en', 'flite:rms', 'default'])('%s is heard within 200 ms, and cancelled at once', async (voice) => {
    // On a machine that is busy with other things, even a program that does nothing takes its time.
    const idle = performance.now();
    await new Promise((resolve) => spawn('sh', ['-c', 'cat | cat'], { stdio: 'ignore' }).once('close', resolve));
    const processMs = performance.now() - idle;
    const stream = await open(voice);
    const heard = collectSpeech(stream, 2);
    const begun = performance.now();
    stream.speak(1, 'Thank you for calling. '.repeat(40));
    await until(() => heard.chunks.length > 0);
    expect(performance.now() - begun).toBeLessThan(Math.max(200, 20 * processMs));
    stream.cancel();
    const count = heard.chunks.length;
    stream.speak(2, '.');
    await until(() => lasts(heard.chunks).length === 1);
    expect(heard.chunks).toHaveLength(count + 1);
    await stream.close();
  });

  it('cuts the silence engines begin with', async () => {
    const stream = await open('flite:rms');
    const heard = collectSpeech(stream);
    stream.speak(1, 'Hello.');
    await until(() => lasts(heard.chunks).length === 1);
    expect(loudness(heard.chunks.slice(0, 2))).toBeGreaterThan(100);
    await stream.close();
  });

  it('speaks text that looks like an option, or like a shell command', async () => {
    for (const voice of ['espeak:en', 'flite:slt']) {
      const stream = await open(voice);
      const heard = collectSpeech(stream);
      stream.speak(1, '--help, or $(exit 3) `exit 4` "quoted"; and so on.');
      await until(() => lasts(heard.chunks).length === 1);
      expect(lasts(heard.chunks)[0]!.error).toBeUndefined();
      expect(loudness(heard.chunks)).toBeGreaterThan(300);
      await stream.close();
    }
  });

  it('speaks the language of the stream', async () => {
    const stream = await open('default', 'hi');
    const heard = collectSpeech(stream);
    stream.speak(1, 'नमस्ते, आप कैसे हैं?');
    await until(() => lasts(heard.chunks).length === 1);
    expect(loudness(heard.chunks)).toBeGreaterThan(300);
    await stream.close();
  });

  it('reports a segment the engine cannot speak, and goes on', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'callplane-voices-'));
    writeFileSync(join(folder, 'flite'), '#!/bin/sh\necho out of order >&2; exit 7\n', { mode: 0o755 });
    const stream = await open('default', 'en', new LocalTts({ path: folder, findPackaged: () => undefined }));
    const heard = collectSpeech(stream);
    stream.speak(1, 'Hello.');
    stream.speak(2, 'Hello again.');
    await until(() => lasts(heard.chunks).length === 2);
    expect(lasts(heard.chunks).map((chunk) => chunk.error?.code)).toEqual(['engine-failed', 'engine-failed']);
    expect(lasts(heard.chunks)[0]!.error?.message).toContain('out of order');
    await stream.close();
    rmSync(folder, { recursive: true });
  });

  it('refuses voices it does not have', async () => {
    const codes = await Promise.all(
      [
        open('flite:nobody'),
        open('piper:amy'),
        open('flite:slt', 'hi'),
        open('espeak:../x'),
        open('espeak:xx'),
        open('default', 'xx'),
      ].map((opening) => opening.then(() => 'opened').catch((error: SpeechError) => error.code)),
    );
    const unknown = 'voice-unknown';
    const unsupported = 'language-unsupported';
    expect(codes).toEqual([unknown, unknown, unsupported, unknown, unknown, unsupported]);
    const format = { encoding: 'mulaw', sampleRate: 8000 } as const;
    const mulaw = tts.open({ voice: 'default', language: 'en', format, signal: new AbortController().signal });
    await expect(mulaw).rejects.toMatchObject({ code: 'bad-request' });
  });

  it('says which command adds an engine, and does with the one there is', async () => {
    const none = new LocalTts({ path: '', findPackaged: () => undefined });
    await expect(open('default', 'en', none)).rejects.toMatchObject({
      code: 'provider-missing',
      message: expect.stringContaining('install'),
    });
    expect(await none.health()).toMatchObject({ ok: false, missing: [{ part: 'espeak-ng' }, { part: 'flite' }] });

    const folder = mkdtempSync(join(tmpdir(), 'callplane-voices-'));
    symlinkSync(findProgram('flite', path)!, join(folder, 'flite'));
    const onlyFlite = new LocalTts({ path: folder, findPackaged: () => undefined });
    expect(onlyFlite.caps.voices.map((voice) => voice.id)).toContain('flite:rms');
    expect(await onlyFlite.health()).toMatchObject({ ok: true, missing: [{ part: 'espeak-ng' }] });
    const stream = await open('default', 'en', onlyFlite);
    const heard = collectSpeech(stream);
    stream.speak(1, 'Hello.');
    await until(() => lasts(heard.chunks).length === 1);
    expect(lasts(heard.chunks)[0]!.error).toBeUndefined();
    await onlyFlite.close();
    rmSync(folder, { recursive: true });
  });
});

describe.skipIf(findPackaged() === undefined)('the packaged voice', () => {
  const packaged = new LocalTts({ path: '' });
  afterAll(() => packaged.close());

  it('stands in for espeak-ng, in its languages', async () => {
    for (const language of ['en', 'en-GB', 'hi']) {
      const stream = await open('default', language, packaged);
      const heard = collectSpeech(stream);
      stream.speak(1, language === 'hi' ? 'नमस्ते' : 'Good morning, how may I help you?');
      await until(() => lasts(heard.chunks).length === 1);
      expect(lasts(heard.chunks)[0]!.error).toBeUndefined();
      expect(loudness(heard.chunks)).toBeGreaterThan(300);
      await stream.close();
    }
    await expect(open('espeak:xx', 'en', packaged)).rejects.toMatchObject({ code: 'voice-unknown' });
  });

  it('does not hide that espeak-ng is missing', async () => {
    expect(await packaged.health()).toMatchObject({ ok: true, missing: [{ part: 'espeak-ng' }, { part: 'flite' }] });
  });
});
