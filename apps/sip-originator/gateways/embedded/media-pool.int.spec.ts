import { join } from 'node:path';
import { createLogger } from '@callplane/telemetry';
import { waitFor } from '@callplane/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { roomToken } from '@callplane/livekit';
import { openWorkbench, type Workbench } from './embedded-harness.suite.ts';
import { MediaPool, type MediaEvents, type MediaHandle } from './media-pool.ts';

let bench: Workbench;
let count = 0;
const silent: MediaEvents = {
  joined: () => undefined,
  roomLeft: () => undefined,
  silent: () => undefined,
  dtmf: () => undefined,
  lost: () => undefined,
};

beforeAll(async () => {
  bench = await openWorkbench();
});
afterAll(() => bench.close());

function poolOf(callsPerWorker: number, recycleAfterCalls: number, file = bench.workerFile): MediaPool {
  return new MediaPool({
    file,
    node: 'test',
    logLevel: 'silent',
    rtpMissingMs: 10_000,
    rtpLostMs: 15_000,
    callsPerWorker,
    recycleAfterCalls,
    log: createLogger('test', 'test', 'silent'),
  });
}

async function open(
  pool: MediaPool,
  events: Partial<MediaEvents> = {},
  rtpHost = '127.0.0.1',
): Promise<MediaHandle | undefined> {
  count += 1;
  const callId = `pool_${count}`;
  const token = await roomToken(bench.livekit, { room: callId, identity: callId });
  return pool.open({ callId, rtpHost, room: { url: bench.livekit.url, token } }, { ...silent, ...events });
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('MediaPool', () => {
  it('fills a worker, starts another, and gives each call an even port of its own', async () => {
    const pool = poolOf(2, 100);
    await pool.start();
    const handles = [await open(pool), await open(pool), await open(pool)];
    const ports = handles.map((handle) => handle?.port ?? 0);
    expect(new Set(ports).size).toBe(3);
    expect(ports.every((port) => port % 2 === 0 && port < 32_768)).toBe(true);
    expect(pool.pids).toHaveLength(2);
    await Promise.all(handles.map(async (handle) => handle?.close()));
    const { pids } = pool;
    await pool.stop();
    expect(pids.filter(isAlive)).toEqual([]);
    expect(await open(pool)).toBeUndefined();
  });

  it('replaces a worn worker as soon as it is empty, not before', async () => {
    const pool = poolOf(10, 2);
    await pool.start();
    const [first] = pool.pids;
    const a = await open(pool);
    const b = await open(pool);
    await waitFor('a fresh worker', () => pool.pids.length === 2);
    await a?.close();
    expect(pool.pids).toContain(first);
    const c = await open(pool);
    expect(c?.port).toBeGreaterThan(0);
    await b?.close();
    await waitFor('the worn one to leave', () => !pool.pids.includes(first ?? 0));
    expect(isAlive(first ?? 0)).toBe(false);
    await c?.close();
    await pool.stop();
  });

  it('tells every call of a worker that died, and starts a new one', async () => {
    const pool = poolOf(10, 100);
    await pool.start();
    const lost: string[] = [];
    const [a, b] = await Promise.all(
      ['a', 'b'].map((name) => open(pool, { lost: (detail) => lost.push(`${name} ${detail}`) })),
    );
    process.kill(pool.pids[0] ?? 0, 'SIGKILL');
    await waitFor('the news', () => lost.length === 2);
    expect(lost.sort()).toEqual(['a media worker died: signal SIGKILL', 'b media worker died: signal SIGKILL']);
    await a?.close();
    await b?.close();
    await waitFor('a new worker', () => pool.problem() === null);
    const again = await open(pool);
    expect(again).toBeDefined();
    await again?.close();
    await pool.stop();
  });

  it('says no when there is no port to bind', async () => {
    const pool = poolOf(10, 100);
    await pool.start();
    expect(await open(pool, {}, '192.0.2.1')).toBeUndefined();
    await pool.stop();
  });

  it('a worker survives the Ctrl-C of its group and dies with its gateway', async () => {
    const pool = poolOf(10, 100);
    await pool.start();
    const [pid = 0] = pool.pids;
    process.kill(pid, 'SIGINT');
    process.kill(pid, 'SIGTERM');
    const handle = await open(pool);
    expect(pool.pids).toEqual([pid]);
    await handle?.close();
    await pool.stop();
    expect(isAlive(pid)).toBe(false);
  });

  it('reports a program that cannot start', async () => {
    const pool = poolOf(1, 1, join(import.meta.dirname, 'no-such.worker.js'));
    expect(pool.problem()).not.toBeNull();
    const starting = pool.start().catch((error: unknown) => error);
    await pool.stop();
    expect(pool.problem()).not.toBeNull();
    void starting;
  });
});
