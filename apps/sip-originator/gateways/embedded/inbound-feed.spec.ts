import { describe, expect, it } from 'vitest';
import { InboundFeed, STEP_SAMPLES } from './inbound-feed.ts';

const samples = (count: number, value: number): Int16Array => new Int16Array(count).fill(value);
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Captures what is handed over; `hold` makes the room slow. */
function room() {
  const captured: number[] = [];
  let release: (() => void) | undefined;
  const state = { hold: false };
  const feed = new InboundFeed(async (pcm) => {
    expect(pcm.length % STEP_SAMPLES).toBe(0);
    captured.push(...pcm);
    if (state.hold) await new Promise<void>((resolve) => (release = resolve));
    return true;
  });
  return { feed, captured, state, go: () => release?.() };
}

describe('InboundFeed', () => {
  it('hands over whole 10 ms steps whatever the packet time, and loses no sample', async () => {
    const { feed, captured } = room();
    for (let n = 1; n <= 4; n += 1) feed.push(samples(100, n), 0);
    await settled();
    const expected = [1, 2, 3, 4].flatMap((n) => Array<number>(100).fill(n));
    expect(captured).toEqual(expected);
  });

  it('puts silence where packets were lost, but not for a long pause', async () => {
    const { feed, captured } = room();
    feed.push(samples(160, 1), 0);
    feed.push(samples(160, 2), 2);
    feed.push(samples(160, 3), 40);
    await settled();
    const runs = [1, 0, 0, 2, 3].flatMap((n) => Array<number>(160).fill(n));
    expect(captured).toEqual(runs);
  });

  it('lets the newest win when the room is slow', async () => {
    const { feed, captured, state, go } = room();
    state.hold = true;
    for (let n = 0; n < 60; n += 1) feed.push(samples(160, n), 0);
    state.hold = false;
    go();
    await settled();
    expect(captured.length).toBeLessThanOrEqual(160 + 4000);
    expect(captured.at(-1)).toBe(59);
  });

  it('says nothing after close', async () => {
    const { feed, captured } = room();
    feed.close();
    feed.push(samples(160, 1), 0);
    await settled();
    expect(captured).toEqual([]);
  });
});
