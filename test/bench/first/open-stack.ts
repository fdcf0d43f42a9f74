import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { temporaryFolder, waitFor } from '@callplane/testing';
import { Platform } from '../../support/platform.ts';
import { readEnv } from '../../support/stack.ts';

const READY_MS = 180_000;
const GOODBYE_MS = 15_000;

/**
 * Voices without engines. The recogniser speaks only after the caller has stopped: no burst of the bench lasts a minute.
 */
const STACK_SETTINGS = {
  CALLPLANE_PORTS: 'free',
  LOG_LEVEL: 'warn',
  SPEECH_INSTANT_PROVIDERS: '1',
  SPEECH_INSTANT_AFTER_MS: '60000',
};

/** A platform of the bench's own, as `npm start -- --no-demo` brings it up. Run it from the root of the repository. */
export async function openStack(): Promise<{ platform: Platform; stop: () => Promise<void> }> {
  const program = resolve('dist/tools/start.js');
  if (!existsSync(program)) throw new Error('Run "npm run bench:first" in the root of the repository.');
  const folder = temporaryFolder('callplane-bench-');
  // A shell that knows a running stack must not lend its servers: they would be measured with somebody else's load.
  const { DATABASE_URL: _d, NATS_URL: _n, LIVEKIT_URL: _l, ...rest } = process.env;
  const child = spawn(process.execPath, ['--enable-source-maps', program, '--no-demo'], {
    env: { ...rest, ...STACK_SETTINGS, CALLPLANE_HOME: folder.path },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const stop = async (): Promise<void> => {
    await end(child);
    folder.remove();
  };
  // The stack is a process group of its own: Ctrl-C here does not reach it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stop().then(() => process.exit(130)));
  const envFile = join(folder.path, 'env');
  try {
    await waitFor('the platform to be ready', () => existsSync(envFile) || child.exitCode !== null, READY_MS);
    return { platform: new Platform({ home: folder.path, env: readEnv(envFile) }), stop };
  } catch (error) {
    await stop();
    throw new Error(`the platform did not start:\n${output}`, { cause: error });
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGINT');
  await Promise.race([gone, new Promise((done) => setTimeout(done, GOODBYE_MS).unref())]);
  if (child.exitCode === null) child.kill('SIGKILL');
}
