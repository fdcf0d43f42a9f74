import { describe, expect, it } from 'vitest';
import { FakeClock, FakeRoom, settle } from './fake-ports.suite.ts';
import { Playout } from './playout.ts';

function open(): { clock: FakeClock; room: FakeRoom; playout: Playout; log: string[] } {
  const clock = new FakeClock();
  const room = new FakeRoom(clock);
  const log: string[] = [];
  const playout = new Playout(room, 8000, {
    segmentStarted: (segment) => log.push(`start ${segment}`),
    captured: () => undefined,
    segmentEnded: (segment) => log.push(`end ${segment}`),
  });
  return { clock, room, playout, log };
}

const ramp = (from: number, length: number): Int16Array => Int16Array.from({ length }, (_, i) => from + i);

describe('Playout', () => {
  it('cuts odd pieces into frames of 20 ms, loses no sample and pads only the end', async () => {
    const { clock, room, playout, log } = open();
    playout.push({ segment: 1, pcm: ramp(1, 50), last: false });
    playout.push({ segment: 1, pcm: ramp(51, 333), last: false });
    playout.push({ segment: 1, pcm: ramp(384, 7), last: true });
    await clock.advance(1000);
    const played = room.frames.flatMap((frame) => [...frame]);
    expect(played.slice(0, 390)).toEqual([...ramp(1, 390)]);
    expect(played.slice(390)).toEqual(new Array(10).fill(0));
    for (const frame of room.frames) {
      expect(frame.byteOffset).toBe(0);
      expect(frame.length % 80).toBe(0);
      expect(frame.length).toBeLessThanOrEqual(160);
    }
    expect(log).toEqual(['start 1', 'end 1']);
  });

  it('keeps the pace of the queue', async () => {
    const { clock, room, playout } = open();
    playout.push({ segment: 1, pcm: ramp(0, 8000), last: true });
    await settle();
    expect(room.frames.length).toBeLessThanOrEqual(6);
    await clock.advance(500);
    expect(room.frames.length).toBeGreaterThan(25);
    expect(room.frames.length).toBeLessThan(32);
  });

  it('an empty last piece ends its segment', async () => {
    const { playout, log } = open();
    playout.push({ segment: 4, pcm: new Int16Array(0), last: true });
    await settle();
    expect(log).toEqual(['end 4']);
  });

  it('after clear the old is gone and the new plays from its first sample', async () => {
    const { clock, room, playout, log } = open();
    playout.push({ segment: 1, pcm: ramp(0, 8000), last: true });
    await clock.advance(100);
    playout.clear();
    const before = room.frames.length;
    playout.push({ segment: 2, pcm: ramp(100, 160), last: true });
    await clock.advance(1000);
    expect(room.frames.slice(before).map((frame) => frame[0])).toEqual([100]);
    expect(log).toEqual(['start 1', 'start 2', 'end 2']);
  });

  it('holds, goes on, and plays softly when ducked', async () => {
    const { clock, room, playout } = open();
    playout.hold(true);
    playout.push({ segment: 1, pcm: new Int16Array(480).fill(1000), last: true });
    await clock.advance(200);
    expect(room.frames).toEqual([]);
    playout.duck(true);
    playout.hold(false);
    await clock.advance(200);
    expect(room.frames.map((frame) => frame[0])).toEqual([250, 250, 250]);
  });
});
