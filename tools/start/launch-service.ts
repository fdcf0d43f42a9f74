import { runServer, type RunningServer } from '@callplane/testing';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServicePlan } from './stack-plan.ts';

/** Starts one of our programs under Node; resolves when it answers /healthz (or runs, when it has no port). */
export function launchService(
  plan: ServicePlan,
  env: NodeJS.ProcessEnv,
  logFile: string,
  onSpawn: (pid: number) => void,
): Promise<RunningServer> {
  const { name, port } = plan;
  return runServer({
    name,
    command: process.execPath,
    args: ['--enable-source-maps', plan.program, ...(plan.args ?? [])],
    cwd: process.cwd(),
    url: `http://127.0.0.1:${port ?? 0}`,
    port: port ?? 0,
    logFile,
    env: { ...env, ...plan.env },
    isReady: async () => port === undefined || (await probe(port, '/healthz')).ok,
    stopSignals: ['SIGINT'],
    onSpawn,
  });
}

/** Waits for /readyz; resolves with what is still missing, undefined when nothing is. */
export async function waitUntilReady(
  port: number,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const deadline = Date.now() + timeoutMs;
  let last = 'no answer';
  while (Date.now() < deadline) {
    signal.throwIfAborted();
    const answer = await probe(port, '/readyz');
    if (answer.ok) return undefined;
    last = answer.text;
    await delay(100);
  }
  return last;
}

async function probe(port: number, path: string): Promise<{ ok: boolean; text: string }> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(1000) });
    return { ok: answer.ok, text: (await answer.text()).slice(0, 300) };
  } catch (error) {
    return { ok: false, text: String(error) };
  }
}
