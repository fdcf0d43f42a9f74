import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder, waitFor } from '@callplane/testing';

/** A running platform, as `npm start -- --no-demo` brings it up, on free ports and in a folder of its own. */
export interface Stack {
  home: string;
  /** What `.callplane/env` says. */
  env: Record<string, string>;
  processes(): { name: string; pid: number; restarts: number; port?: number }[];
  output(): string;
  stop(): Promise<void>;
}

const ROOT = join(import.meta.dirname, '..', '..');
const READY_MS = 120_000;

/** `npm test` has built dist and the servers before. */
export async function startStack(extra: Record<string, string> = {}): Promise<Stack> {
  const folder = temporaryFolder('callplane-e2e-');
  const child = spawn(process.execPath, ['--enable-source-maps', join(ROOT, 'dist/tools/start.js'), '--no-demo'], {
    cwd: ROOT,
    env: {
      ...process.env,
      CALLPLANE_HOME: folder.path,
      CALLPLANE_PORTS: 'free',
      TEST_PHONE_RECORD_DIR: join(folder.path, 'heard'),
      ...extra,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const envFile = join(folder.path, 'env');
  try {
    await waitFor(
      'the platform to be ready',
      () => existsSync(envFile) || (child.exitCode !== null && fail(output)),
      READY_MS,
    );
  } catch (error) {
    await end(child);
    throw new Error(`the platform did not start:\n${output}`, { cause: error });
  }
  return {
    home: folder.path,
    env: readEnv(envFile),
    processes: () =>
      JSON.parse(readFileSync(join(folder.path, 'processes.json'), 'utf8')) as ReturnType<Stack['processes']>,
    output: () => output,
    stop: async () => {
      await end(child);
      folder.remove();
    },
  };
}

function fail(output: string): never {
  throw new Error(output);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 15_000))]);
  if (child.exitCode === null) child.kill('SIGKILL');
}

/** The variables of a `.callplane/env`. */
export function readEnv(path: string): Record<string, string> {
  const lines = readFileSync(path, 'utf8').split('\n');
  return Object.fromEntries(
    lines
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), unquote(line.slice(line.indexOf('=') + 1))]),
  );
}

const unquote = (value: string): string => value.replace(/^(['"])(.*)\1$/, '$2');
