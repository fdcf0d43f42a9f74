import { describe, expect, it } from 'vitest';
import { EnergyVad } from './energy-vad.ts';
import { UtteranceGate, WINDOW_MS, WINDOW_SAMPLES, type GateStep } from './utterance-gate.ts';
import { WindowCutter } from './window-cutter.ts';

/** `#` is a window of speech, `.` one without; every window carries its number as its only sample. */
function run(pattern: string, hangoverMs = 300): GateStep[] {
  const gate = new UtteranceGate(hangoverMs);
  return [...pattern].flatMap((mark, i) => gate.push(Int16Array.of(i), mark === '#'));
}

const sent = (steps: GateStep[]) => steps.flatMap((step) => (step.t === 'audio' ? [step.pcm[0]] : []));
const marks = (steps: GateStep[]) => steps.filter((step) => step.t !== 'audio');
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const repeat = (mark: string, count: number) => mark.repeat(count);

describe('the utterance gate', () => {
  it('sends speech with a margin either side, and ends after the hangover', () => {
    const steps = run(repeat('.', 20) + repeat('#', 10) + repeat('.', 20));
    expect(marks(steps)).toEqual([
      { t: 'start', atMs: 20 * WINDOW_MS },
      { t: 'end', startMs: 20 * WINDOW_MS, endMs: 30 * WINDOW_MS },
    ]);
    expect(sent(steps)).toEqual(range(12, 37));
    expect(steps.findIndex((step) => step.t === 'end')).toBe(steps.length - 1);
  });

  it('takes short sounds for clicks', () => {
    expect(run('...##...#..##....#......')).toEqual([]);
  });

  it('goes on through a pause shorter than the hangover, and leaves out nothing of it', () => {
    const steps = run(repeat('#', 10) + repeat('.', 9) + repeat('#', 5) + repeat('.', 20));
    expect(marks(steps).map((step) => step.t)).toEqual(['start', 'end']);
    expect(sent(steps)).toEqual(range(0, 31));
  });

  it('holds back what follows the margin until the speech goes on', () => {
    const gate = new UtteranceGate(1000);
    const push = (pattern: string) => [...pattern].flatMap((mark) => gate.push(Int16Array.of(0), mark === '#'));
    expect(push('#####').filter((step) => step.t === 'audio')).toHaveLength(5);
    expect(push(repeat('.', 20))).toHaveLength(8);
    expect(push('#')).toHaveLength(13);
  });

  it('lends the silence between two utterances to both', () => {
    const steps = run(repeat('#', 5) + repeat('.', 12) + repeat('#', 5) + repeat('.', 12));
    expect(marks(steps).map((step) => step.t)).toEqual(['start', 'end', 'start', 'end']);
    expect(sent(steps)).toEqual([...range(0, 12), ...range(9, 29)]);
  });

  it('cuts an endless utterance', () => {
    const steps = run(repeat('#', 2000));
    expect(marks(steps).filter((step) => step.t === 'end')).toHaveLength(2);
    expect(sent(steps)).toEqual(range(0, 1999));
  });

  it('ends when it is told, but not twice', () => {
    const gate = new UtteranceGate(300);
    for (let i = 0; i < 5; i++) gate.push(Int16Array.of(i), true);
    expect(gate.endNow()).toEqual([{ t: 'end', startMs: 0, endMs: 5 * WINDOW_MS }]);
    expect(gate.endNow()).toEqual([]);
    expect(gate.nowMs).toBe(5 * WINDOW_MS);
  });
});

describe('the window cutter', () => {
  it('cuts chunks of any size into whole windows', () => {
    const cutter = new WindowCutter();
    const plain = Float32Array.from({ length: 3 * WINDOW_SAMPLES + 10 }, (_, i) => i);
    const windows = [0, 100, 700, 701, 1400].flatMap((at, i, all) => {
      const part = plain.subarray(at, all[i + 1] ?? plain.length);
      return cutter.push(part, Int16Array.from(part));
    });
    expect(windows).toHaveLength(3);
    expect(windows.flatMap((window) => [...window.plain])).toEqual([...plain.subarray(0, 3 * WINDOW_SAMPLES)]);
    expect([...windows[2]!.mirrored]).toEqual([...windows[2]!.plain]);
  });
});

describe('the energy detector', () => {
  const noise = (level: number) => Float32Array.from({ length: WINDOW_SAMPLES }, (_, i) => level * Math.sin(i * i));

  it('finds speech above the noise of the line, and gets used to a louder line', () => {
    const vad = new EnergyVad();
    for (let i = 0; i < 30; i++) expect(vad.isSpeech(noise(0.002))).toBe(false);
    expect(vad.isSpeech(noise(0.1))).toBe(true);
    expect(vad.isSpeech(noise(0.002))).toBe(false);
    const longNoise = Array.from({ length: 1500 }, () => vad.isSpeech(noise(0.02)));
    expect(longNoise[0]).toBe(true);
    expect(longNoise.at(-1)).toBe(false);
    vad.close();
  });

  it('takes no digital silence for speech', () => {
    const vad = new EnergyVad();
    expect(vad.isSpeech(new Float32Array(WINDOW_SAMPLES))).toBe(false);
    expect(vad.isSpeech(noise(0.0001))).toBe(false);
  });
});
