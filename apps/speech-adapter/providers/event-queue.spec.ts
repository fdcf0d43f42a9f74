import { describe, expect, it } from 'vitest';
import { ChunkCutter } from './chunk-segment.ts';
import { EventQueue } from './event-queue.ts';

describe('the event queue', () => {
  it('delivers what came before its end, and what comes while someone waits', async () => {
    const queue = new EventQueue<number>();
    queue.push(1);
    const read = (async () => {
      const all: number[] = [];
      for await (const item of queue) all.push(item);
      return all;
    })();
    await Promise.resolve();
    queue.push(2);
    await Promise.resolve();
    queue.push(3);
    queue.end();
    queue.push(4);
    expect(await read).toEqual([1, 2, 3]);
    expect(queue.closed).toBe(true);
  });

  it('throws a failure once, after what came before it', async () => {
    const queue = new EventQueue<number>();
    queue.push(1);
    queue.fail(new Error('gone'));
    queue.fail(new Error('again'));
    const iterator = queue[Symbol.asyncIterator]();
    expect(await iterator.next()).toEqual({ value: 1, done: false });
    await expect(iterator.next()).rejects.toThrow('gone');
    expect(await iterator.next()).toEqual({ value: undefined, done: true });
  });

  it('lets a producer wait for room, and releases it when emptied or ended', async () => {
    for (const release of ['take', 'clear', 'end'] as const) {
      const queue = new EventQueue<number>();
      queue.push(1);
      let free = false;
      const waiting = queue.room(1).then(() => (free = true));
      await Promise.resolve();
      expect(free).toBe(false);
      if (release === 'take') await queue[Symbol.asyncIterator]().next();
      else queue[release]();
      await waiting;
      expect(queue.size).toBe(release === 'end' ? 1 : 0);
      queue.clear();
      await queue.room(1);
    }
  });
});

describe('the chunk cutter', () => {
  it('cuts a short first chunk and long others, and keeps the time', () => {
    const cutter = new ChunkCutter(8000);
    const pcm = Int16Array.from({ length: 2100 }, (_, i) => i);
    const chunks = [...cutter.push(pcm.subarray(0, 100)), ...cutter.push(pcm.subarray(100)), cutter.flush()];
    expect(chunks.map((chunk) => chunk.pcm.length)).toEqual([160, 800, 800, 340]);
    expect(chunks.map((chunk) => chunk.offsetMs)).toEqual([0, 20, 120, 220]);
    expect(chunks.flatMap((chunk) => [...chunk.pcm])).toEqual([...pcm]);
    expect(cutter.flush()).toEqual({ pcm: new Int16Array(0), offsetMs: 262.5 });
  });
});
