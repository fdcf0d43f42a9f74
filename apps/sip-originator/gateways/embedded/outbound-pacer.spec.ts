import { beforeEach, describe, expect, it } from 'vitest';
import { FRAME_SAMPLES, OutboundPacer } from './outbound-pacer.ts';

const frame = (value: number): Int16Array => new Int16Array(FRAME_SAMPLES).fill(value);
let sent: number[];
let pacer: OutboundPacer;

beforeEach(() => {
  sent = [];
  pacer = new OutboundPacer((samples) => sent.push(samples[0] ?? NaN));
});

describe('OutboundPacer', () => {
  it('sends silence at every tick while nobody is there', () => {
    for (let t = 0; t < 100; t += 20) pacer.tick(t);
    expect(sent).toEqual([0, 0, 0, 0, 0]);
  });

  it('sends the frames of one voice as they come, and no silence between them', () => {
    for (let t = 0; t < 100; t += 20) {
      pacer.frame(frame(t + 1), 'agent', t + 3);
      pacer.tick(t + 13);
    }
    expect(sent).toEqual([1, 21, 41, 61, 81]);
  });

  it('bridges a voice that falls silent after 60 ms, and goes back to it at once', () => {
    pacer.frame(frame(7), 'agent', 0);
    for (let t = 20; t <= 100; t += 20) pacer.tick(t);
    expect(sent).toEqual([7, 0, 0]);
    pacer.frame(frame(8), 'agent', 110);
    expect(sent).toEqual([7, 0, 0, 8]);
  });

  it('mixes several voices at the tick, and clips their sum', () => {
    pacer.frame(frame(100), 'agent', 0);
    pacer.frame(frame(30), 'operator', 1);
    pacer.frame(frame(100), 'agent', 20);
    pacer.tick(20);
    expect(sent).toEqual([100, 130]);
    pacer.frame(frame(30_000), 'agent', 40);
    pacer.frame(frame(30_000), 'operator', 40);
    pacer.tick(40);
    expect(sent.at(-1)).toBe(32_767);
  });

  it('keeps no backlog of a voice that ran ahead of the mixer', () => {
    pacer.frame(frame(1), 'agent', 0);
    pacer.frame(frame(1), 'operator', 0);
    for (let n = 1; n <= 10; n += 1) pacer.frame(frame(n), 'operator', n);
    pacer.tick(20);
    expect(sent.at(-1)).toBe(7);
  });

  it('is frame-paced again when one of two voices is gone, without the leftovers', () => {
    pacer.frame(frame(1), 'agent', 0);
    pacer.frame(frame(2), 'operator', 0);
    pacer.frame(frame(3), 'agent', 5);
    pacer.frame(frame(4), 'agent', 100);
    pacer.tick(110);
    expect(sent).toEqual([1, 4]);
    pacer.tick(2000);
    pacer.frame(frame(5), 'agent', 2001);
    expect(sent.at(-1)).toBe(5);
  });
});
