import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { LOCAL_PLACES } from '../rendered-speech.suite.ts';
import { until } from '../stt.suite.ts';
import { RecogniserPool } from './recogniser-pool.ts';
import type { RecogniserEvents } from './recogniser-stream.ts';

/**
 * A recogniser program that speaks the protocol and misbehaves as `FAULT` says: it says `heard <bytes> <run>` for an
 * utterance, where `run` counts its starts by a file.
 */
const PROGRAM = `
import json, os, struct, sys
state = os.path.join(os.path.dirname(__file__), "runs")
runs = int(open(state).read()) + 1 if os.path.exists(state) else 1
open(state, "w").write(str(runs))
def say(**message): print(json.dumps(message), flush=True)
say(t="ready")
heard, number = 0, 0
while True:
    head = sys.stdin.buffer.read(9)
    if len(head) < 9: break
    stream, length = struct.unpack("<II", head[1:])
    payload = sys.stdin.buffer.read(length)
    kind = head[:1]
    if kind == b"O":
        phrases = json.loads(payload)["phrases"]
        if phrases == ["refuse"]: say(t="error", s=stream, message="refused")
        else: say(t="open", s=stream, missing=[])
    if kind == b"S": heard, number = 0, struct.unpack("<I", payload)[0]
    if kind == b"A": heard += length
    if kind == b"E":
        if FAULT == "poison" or (FAULT == "once" and runs == 1): os._exit(9)
        if FAULT == "stuck" and runs == 1: continue
        say(t="final", s=stream, u=number, text="heard %d run %d" % (heard, runs), ms=1)
`;

const folders: string[] = [];
const pools: RecogniserPool[] = [];

function poolOf(fault: 'none' | 'once' | 'poison' | 'stuck', maxChildren = 1): RecogniserPool {
  const folder = mkdtempSync(join(tmpdir(), 'callplane-recogniser-test-'));
  folders.push(folder);
  const script = join(folder, 'program.py');
  writeFileSync(script, PROGRAM.replaceAll('FAULT', JSON.stringify(fault)));
  const pool = new RecogniserPool({ python: LOCAL_PLACES.python, script, answerDeadlineMs: 500 }, maxChildren);
  pools.push(pool);
  return pool;
}

function listener(): { said: string[]; events: RecogniserEvents } {
  const said: string[] = [];
  const events: RecogniserEvents = {
    partial: (text) => said.push(`partial ${text}`),
    final: (text) => said.push(`final ${text}`),
    missingWords: (words) => said.push(`missing ${words.join()}`),
    utteranceLost: () => said.push('lost'),
    failed: (reason) => said.push(`failed ${reason}`),
  };
  return { said, events };
}

const settings = { phrases: null, cmninit: '40' };

afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close())));
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

describe('the recogniser processes', () => {
  it('are started as they are needed, and all end', async () => {
    const pool = poolOf('none', 2);
    expect(pool.pids).toHaveLength(0);
    pool.warmUp();
    pool.warmUp();
    expect(pool.pids).toHaveLength(1);
    const streams = [1, 2, 3].map(() => pool.openStream(settings, listener().events));
    await Promise.all(streams.map((stream) => stream.opened));
    expect(pool.pids).toHaveLength(2);
    const [first] = pool.pids;
    await pool.close();
    expect(() => process.kill(first!, 0)).toThrow('ESRCH');
  });

  it('hear again what a dead one had heard, for the final it owed', async () => {
    const { said, events } = listener();
    const stream = poolOf('once').openStream(settings, events);
    await stream.opened;
    stream.start();
    stream.audio(new Uint8Array(100));
    stream.audio(new Uint8Array(20));
    stream.end();
    await until(() => said.length === 1);
    expect(said).toEqual(['final heard 120 run 2']);
  });

  it('are replaced when they are stuck', async () => {
    const { said, events } = listener();
    const stream = poolOf('stuck').openStream(settings, events);
    stream.start();
    stream.audio(new Uint8Array(7));
    stream.end();
    await until(() => said.length === 1);
    expect(said).toEqual(['final heard 7 run 2']);
  });

  it('are not killed by the same utterance for ever', async () => {
    const { said, events } = listener();
    const stream = poolOf('poison').openStream(settings, events);
    stream.start();
    stream.end();
    await until(() => said.length === 2);
    expect(said).toEqual(['lost', 'final ']);
    stream.start();
    stream.close();
    stream.close();
    await expect(stream.opened).resolves.toBeUndefined();
  });

  it('tell a stream of its own trouble, and only that one', async () => {
    const pool = poolOf('none');
    const bad = listener();
    const good = listener();
    const refused = pool.openStream({ ...settings, phrases: ['refuse'] }, bad.events);
    const stream = pool.openStream(settings, good.events);
    await expect(refused.opened).rejects.toThrow('refused');
    await stream.opened;
    stream.start();
    stream.end();
    await until(() => good.said.length === 1);
    expect(bad.said).toEqual(['failed the speech recogniser failed: refused']);
  });

  it('refuse at once to open on a program that cannot be started', async () => {
    const pool = new RecogniserPool({ python: '/nowhere/python', script: 'x' }, 1);
    pools.push(pool);
    const { said, events } = listener();
    const stream = pool.openStream(settings, events);
    await expect(stream.opened).rejects.toThrow(/keeps ending.*ENOENT/);
    expect(said).toHaveLength(1);
    const late = pool.openStream(settings, listener().events);
    await expect(late.opened).rejects.toThrow('keeps ending');
  });
});
