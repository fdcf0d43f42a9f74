import { afterAll, describe, expect, it } from 'vitest';
import { sttConformance } from '../stt.suite.ts';
import { collectSpeech, lasts, ttsConformance } from '../tts.suite.ts';
import { until } from '../stt.suite.ts';
import { InstantStt } from './instant-stt.ts';
import { InstantTts } from './instant-tts.ts';

const stt = new InstantStt({ text: 'what everyone says', afterMs: 200 });
const tts = new InstantTts({ msPerCharacter: 60 });
const burst = Int16Array.from({ length: 4000 }, (_, i) => 6000 * Math.sin(i / 5));

afterAll(async () => {
  await stt.close();
  await tts.close();
});

sttConformance({
  name: 'the instant recogniser',
  provider: () => stt,
  utterance: () => burst,
  text: 'what everyone says',
  phrases: [],
});
ttsConformance({ name: 'the instant voice', provider: () => tts, voice: 'default' });

describe('the instant providers', () => {
  it('are healthy without anything installed', async () => {
    expect(await stt.health()).toEqual({ ok: true, missing: [] });
    expect(await tts.health()).toEqual({ ok: true, missing: [] });
  });

  it('play a tone as long as the text, at once', async () => {
    const stream = await tts.open({
      voice: 'default',
      language: 'en',
      format: { encoding: 'pcm_s16le', sampleRate: 8000 },
      signal: new AbortController().signal,
    });
    const heard = collectSpeech(stream);
    stream.speak(1, 'x'.repeat(50));
    await until(() => lasts(heard.chunks).length === 1);
    expect(heard.chunks.reduce((sum, chunk) => sum + chunk.pcm.length, 0)).toBe(50 * 60 * 8);
    await tts.close();
    await heard.done;
  });
});
