import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RoomServiceClient } from 'livekit-server-sdk';
import { Client } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { canBindTcp, createDatabase, createTemplate, isListening, signalProcess } from './index.ts';
import { startLiveKit, startNats, startPostgres, temporaryFolder } from './index.ts';

const cleanUp: (() => unknown)[] = [];

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

function folder(): string {
  const made = temporaryFolder();
  cleanUp.push(() => made.remove());
  return made.path;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

describe('startPostgres', () => {
  it('keeps its data over a stop and over a kill, with durable commits', async () => {
    const dataDir = join(folder(), 'postgres');
    const first = await startPostgres({ dataDir });
    cleanUp.push(() => first.stop());
    const [settings] = await query(
      first.url,
      "select current_setting('fsync') f, current_setting('synchronous_commit') s",
    );
    expect(settings).toEqual({ f: 'on', s: 'on' });
    const url = await createDatabase(first.url, 'calls');
    await query(url, 'create table kept(n int)');
    await first.stop();
    expect(signalProcess(first.pid, 0)).toBe(false);
    expect(await canBindTcp(first.port)).toBe(true);

    const second = await startPostgres({ dataDir, port: first.port });
    cleanUp.push(() => second.stop());
    await query(url, 'insert into kept values (1)');
    process.kill(second.pid, 'SIGKILL');
    expect(await second.exited).toMatchObject({ signal: 'SIGKILL' });

    const third = await startPostgres({ dataDir, port: first.port });
    cleanUp.push(() => third.stop());
    expect(await query(url, 'select n from kept')).toEqual([{ n: 1 }]);
  });

  it('copies a prepared template for each test', async () => {
    const server = await startPostgres({ dataDir: join(folder(), 'postgres') });
    cleanUp.push(() => server.stop());
    const fresh = await createTemplate(server.url, async (url) => {
      await query(url, 'create table prepared(n int)');
    });
    const [one, two] = [await fresh(), await fresh()];
    await query(one, 'insert into prepared values (1)');
    expect(await query(two, 'select count(*)::int n from prepared')).toEqual([{ n: 0 }]);
  });

  it.runIf(process.getuid?.() === 0)('runs for root in a folder its own user cannot enter', async () => {
    const closed = join(folder(), 'home');
    mkdirSync(closed);
    chmodSync(closed, 0o700);
    const dataDir = join(closed, 'postgres');
    const first = await startPostgres({ dataDir });
    cleanUp.push(() => {
      rmSync(dirname(realpathSync(dataDir)), { recursive: true });
    });
    cleanUp.push(() => first.stop());
    await query(first.url, 'create table kept(n int)');
    await first.stop();
    const second = await startPostgres({ dataDir });
    cleanUp.push(() => second.stop());
    expect(await query(second.url, 'select n from kept')).toEqual([]);
  });
});

describe('startNats', () => {
  it('offers JetStream and is gone after stop', async () => {
    const server = await startNats({ storeDir: folder() });
    cleanUp.push(() => server.stop());
    expect(await isListening(server.port)).toBe(true);
    await server.stop();
    expect(await isListening(server.port)).toBe(false);
    expect(signalProcess(server.pid, 0)).toBe(false);
  });
});

describe('startLiveKit', () => {
  it('accepts its key and listens on loopback alone', async () => {
    const server = await startLiveKit({ configDir: folder() });
    cleanUp.push(() => server.stop());
    const rooms = new RoomServiceClient(server.url.replace('ws', 'http'), server.apiKey, server.apiSecret);
    await rooms.createRoom({ name: 'one' });
    expect((await rooms.listRooms()).map((room) => room.name)).toEqual(['one']);
    expect(addressesOf(server.pid).filter((address) => address !== '127.0.0.1')).toEqual([]);
  });

  it('says why when it cannot start', async () => {
    const server = await startLiveKit({ configDir: folder() });
    cleanUp.push(() => server.stop());
    await expect(startLiveKit({ configDir: folder(), port: server.port })).rejects.toThrow(/port \d+ is taken/);
    await expect(startLiveKit({ configDir: folder(), udpPort: server.udpPort })).rejects.toThrow(
      /livekit ended .*before it was ready:[^]*address already in use/,
    );
  });
});

/** The local addresses of every TCP and UDP socket a process holds, from /proc (Linux). */
function addressesOf(pid: number): string[] {
  const held = execFileSync('ls', ['-l', `/proc/${pid}/fd`], { encoding: 'utf8' });
  const inodes = new Set([...held.matchAll(/socket:\[(\d+)\]/g)].map((match) => match[1]));
  const tables = ['tcp', 'tcp6', 'udp', 'udp6'].map((name) => readFileSync(`/proc/net/${name}`, 'utf8'));
  const rows = tables.flatMap((table) => table.trim().split('\n').slice(1)).map((row) => row.trim().split(/\s+/));
  const addresses = rows.filter((row) => inodes.has(row[9])).map((row) => row[1]!.split(':')[0]!);
  return addresses.map((hex) =>
    hex.length === 8
      ? hex
          .match(/../g)!
          .reverse()
          .map((b) => parseInt(b, 16))
          .join('.')
      : hex,
  );
}
