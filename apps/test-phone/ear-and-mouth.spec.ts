import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AgentEar } from './agent-ear.ts';
import { PacedMouth } from './paced-mouth.ts';
import { readWav, writeWav } from './wav-file.ts';

const loud = Int16Array.from({ length: 160 }, (_, i) => (i % 2 === 0 ? 3_000 : -3_000));
const quiet = new Int16Array(160);

describe('AgentEar', () => {
  function hearing(pattern: readonly [frames: number, samples: Int16Array][]): { ear: AgentEar; edges: string[] } {
    const ear = new AgentEar();
    const edges: string[] = [];
    let at = 0;
    const follow = (edge: 'start' | 'end'): void => {
      ear.once(edge, () => {
        edges.push(`${edge} ${at}`);
        follow(edge);
      });
    };
    follow('start');
    follow('end');
    for (const [frames, samples] of pattern) {
      for (let i = 0; i < frames; i += 1) {
        ear.hear(samples, at);
        ear.tick(at);
        at += 20;
      }
    }
    return { ear, edges };
  }

  it('tells speech from clicks, and the end of a turn from a pause between sentences', () => {
    const { ear, edges } = hearing([
      [10, quiet],
      [2, loud],
      [20, quiet],
      [50, loud],
      [30, quiet],
      [50, loud],
      [80, quiet],
    ]);
    expect(edges).toEqual(['start 680', 'end 4420']);
    expect(ear.summary).toMatchObject({
      turns: [{ startMs: 620, endMs: 3_220 }],
      speechMs: 2_600,
      loudestRms: 3_000,
      frames: 242,
    });
  });

  it('hears the end even when packets stop', () => {
    const { ear, edges } = hearing([[20, loud]]);
    expect([ear.isSpeaking, ear.summary.turns.length]).toEqual([true, 1]);
    ear.tick(10_000);
    expect(edges).toHaveLength(2);
  });
});

describe('PacedMouth', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function bench() {
    const sent: number[] = [];
    let skipped = 0;
    const sink = { send: (s: Int16Array) => void sent.push(s[0] ?? 0), skip: (n: number) => void (skipped += n) };
    const mouth = new PacedMouth(
      sink,
      () => undefined,
      () => Date.now(),
    );
    return { mouth, sent, skipped: () => skipped };
  }

  it('sends silence, then a sound, then silence, a frame each 20 ms', async () => {
    const { mouth, sent } = bench();
    mouth.start();
    mouth.start();
    await vi.advanceTimersByTimeAsync(40);
    let done = false;
    void mouth.play(new Int16Array(300).fill(7)).then(() => (done = true));
    await vi.advanceTimersByTimeAsync(100);
    expect([sent, done]).toEqual([[0, 0, 0, 7, 7, 0, 0, 0], true]);
    mouth.stop();
    await vi.advanceTimersByTimeAsync(100);
    expect(sent).toHaveLength(8);
  });

  it('leaves out what is far too late, keeps the clock, and goes mute', async () => {
    const { mouth, sent, skipped } = bench();
    mouth.start();
    vi.setSystemTime(Date.now() + 1_000);
    await vi.advanceTimersByTimeAsync(20);
    expect(sent.length + skipped() / 160).toBe(52);
    expect(skipped()).toBeGreaterThan(30 * 160);
    mouth.mute();
    const before = sent.length;
    await vi.advanceTimersByTimeAsync(200);
    expect(sent.length).toBe(before);
    mouth.stop();
  });

  it('ends a sound early when the call ends', async () => {
    const { mouth } = bench();
    mouth.start();
    const playing = mouth.play(new Int16Array(80_000));
    mouth.stop();
    await expect(playing).resolves.toBeUndefined();
  });
});

describe('WAV files', () => {
  it('are read as written', () => {
    const { samples, sampleRate } = readWav(writeWav(Int16Array.of(1, -2, 3), 8_000));
    expect([[...samples], sampleRate]).toEqual([[1, -2, 3], 8_000]);
  });

  it.each(['', 'RIFF....WAVE', 'RIFF....WAVEdata\u0004\u0000\u0000\u0000....'])('refuses %j', (text) =>
    expect(() => readWav(Buffer.from(text))).toThrow(),
  );
});
