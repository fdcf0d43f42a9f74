import { freePort, isListening, temporaryFolder } from '@callplane/testing';
import { build } from 'esbuild';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { isAlive } from './clean-up.ts';
import type { ProcessEntry } from './write-files.ts';

/** Answers its probes, has a child of its own, and stops on SIGINT or, when stubborn, never. */
const SERVICE = `
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
writeFileSync(process.env.CHILD_FOLDER + '/child-' + process.env.PORT, String(child.pid));
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    if (process.env.BEHAVIOUR === 'polite') process.exit(0);
  });
}
createServer((_, answer) => answer.end('ok')).listen(Number(process.env.PORT), '127.0.0.1');
`;

const work = temporaryFolder();
const fixture = join(work.path, 'start.js');
const program = join(work.path, 'service.mjs');
const started: ChildProcess[] = [];

beforeAll(async () => {
  const root = resolve(import.meta.dirname, '..', '..');
  symlinkSync(join(root, 'node_modules'), join(work.path, 'node_modules'));
  writeFileSync(join(work.path, 'package.json'), '{"type":"module"}');
  writeFileSync(program, SERVICE);
  await build({
    entryPoints: [join(import.meta.dirname, 'dummy-stack.fixture.ts')],
    outfile: fixture,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    tsconfig: join(root, 'tsconfig.base.json'),
    logLevel: 'warning',
  });
});

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});
afterAll(() => work.remove());

interface DummyStack {
  home: string;
  supervisor: ChildProcess;
  processes: () => ProcessEntry[];
  pidOf: (name: string) => number;
  exited: Promise<number | null>;
  output: () => string;
}

async function startStack(home = join(work.path, `home-${started.length}-${Date.now()}`)): Promise<DummyStack> {
  const natsPort = await freePort();
  const servicePort = 30_000 + Math.floor(Math.random() * 2000);
  const args = [fixture, home, program, String(natsPort), String(servicePort)];
  const env = { ...process.env, CHILD_FOLDER: work.path };
  const supervisor = spawn(process.execPath, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(supervisor);
  let output = '';
  supervisor.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  supervisor.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<number | null>((done) => supervisor.once('exit', (code) => done(code)));
  const processes = () => JSON.parse(readFileSync(join(home, 'processes.json'), 'utf8')) as ProcessEntry[];
  const pidOf = (name: string) => processes().find((entry) => entry.name === name)?.pid ?? 0;
  const stack = { home, supervisor, processes, pidOf, exited, output: () => output };
  await vi.waitFor(
    () => {
      expect(existsSync(join(home, 'env')), output).toBe(true);
    },
    { timeout: 15_000, interval: 50 },
  );
  return stack;
}

/** Every process of the stack and the children the services started. */
function everybody(stack: DummyStack): number[] {
  const entries = stack.processes();
  const children = entries.flatMap(({ port }) => {
    const file = join(work.path, `child-${port}`);
    return existsSync(file) ? [Number(readFileSync(file, 'utf8'))] : [];
  });
  return [...entries.map(({ pid }) => pid), ...children];
}

describe('a supervised stack', () => {
  it('restarts what dies within two seconds and rewrites processes.json', async () => {
    const stack = await startStack();
    expect(stack.processes().map(({ name }) => name)).toEqual(['nats', 'polite', 'stubborn', 'peer']);
    for (const name of ['polite', 'nats', 'peer']) {
      const before = stack.pidOf(name);
      const died = Date.now();
      process.kill(before, 'SIGKILL');
      await vi.waitFor(
        async () => {
          const entry = stack.processes().find((one) => one.name === name);
          expect(entry?.pid).not.toBe(before);
          expect(entry?.restarts).toBe(1);
          expect(await isListening(entry?.port ?? 0)).toBe(true);
        },
        { timeout: 5000, interval: 20 },
      );
      expect(Date.now() - died).toBeLessThan(2000);
    }
    process.kill(-(stack.supervisor.pid ?? 0), 'SIGINT');
    await stack.exited;
  });

  it('stops everything within five seconds of SIGINT to its group, the stubborn included', async () => {
    const stack = await startStack();
    const pids = everybody(stack);
    expect(pids).toHaveLength(7);
    expect(pids.every(isAlive)).toBe(true);
    const asked = Date.now();
    process.kill(-(stack.supervisor.pid ?? 0), 'SIGINT');
    // What npm and the bootstrap do with the same Ctrl-C.
    stack.supervisor.kill('SIGINT');
    expect(await stack.exited).toBe(0);
    expect(Date.now() - asked).toBeLessThan(5000);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(stack.processes()).toEqual([]);
    expect(existsSync(join(stack.home, 'env'))).toBe(false);
  });

  it('stops at once on a second signal', async () => {
    const stack = await startStack();
    const pids = everybody(stack);
    const asked = Date.now();
    stack.supervisor.kill('SIGTERM');
    await vi.waitFor(() => expect(stack.output()).toContain('Draining'), { interval: 20 });
    // The stubborn service holds the drain; the same signal within half a second counts as the same wish.
    await vi.waitFor(
      () => {
        stack.supervisor.kill('SIGINT');
        expect(stack.output()).toContain('at once');
      },
      { timeout: 3000, interval: 100 },
    );
    expect(await stack.exited).toBe(1);
    expect(Date.now() - asked).toBeLessThan(3000);
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]));
  });

  it('refuses a second supervisor, and cleans up after one that was killed', async () => {
    const first = await startStack();
    const pids = everybody(first);
    await expect(startStackOnce(first.home)).resolves.toMatch(/This stack already runs \(npm start, pid \d+\)/);
    first.supervisor.kill('SIGKILL');
    await first.exited;
    expect(isAlive(first.pidOf('polite'))).toBe(true);
    rmSync(join(first.home, 'env'));
    const second = await startStack(first.home);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(second.output()).toContain('left by the last run: nats, polite, stubborn, peer');
    process.kill(-(second.supervisor.pid ?? 0), 'SIGINT');
    await second.exited;
  });
});

/** The output of a supervisor that is expected to end by itself. */
async function startStackOnce(home: string): Promise<string> {
  const child = spawn(process.execPath, [fixture, home, program, '1', '1'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await new Promise((done) => child.once('close', done));
  return output;
}
