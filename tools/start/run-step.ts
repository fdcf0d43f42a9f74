import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import type { StepPlan } from './stack-plan.ts';

/**
 * Runs a program to its end; its output goes to the log. Resolves with the JSON object on the last line of its
 * standard output (empty without one), rejects when it fails.
 */
export async function runStep(
  plan: StepPlan,
  env: NodeJS.ProcessEnv,
  logFile: string,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const log = createWriteStream(logFile, { flags: 'a' });
  const child = spawn(process.execPath, ['--enable-source-maps', plan.program], {
    env: { ...env, ...plan.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')));
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const [code] = (await once(child, 'close')) as [number | null];
  log.end();
  if (code === 0) return lastJsonLine(output);
  throw new Error(`${plan.name} failed (log: ${logFile}):\n${errors.trimEnd().split('\n').slice(0, 12).join('\n')}`);
}

function lastJsonLine(output: string): Record<string, unknown> {
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  if (!last.startsWith('{')) return {};
  return JSON.parse(last) as Record<string, unknown>;
}
