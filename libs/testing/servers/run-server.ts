import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { canBindTcp } from './find-port.ts';

/** How a server's process ended; exactly one of the two is set. */
export interface ServerExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A server that answered its ready check, in a process group of its own. */
export interface RunningServer {
  name: string;
  /** What clients connect to. */
  url: string;
  port: number;
  pid: number;
  /** Resolves once, when the process is gone for whatever reason. */
  exited: Promise<ServerExit>;
  /** Ends it in good order, by its own signals or these; after the grace period (ms) it is killed. Safe to call twice. */
  stop(graceMs?: number, signals?: NodeJS.Signals[]): Promise<void>;
}

/** What to run and how to tell that it is up and how to take it down. */
export interface ServerPlan {
  name: string;
  command: string;
  args: string[];
  url: string;
  /** 0 for a program that listens nowhere. */
  port: number;
  logFile: string;
  env?: NodeJS.ProcessEnv;
  /** Default `/`: the system user of Postgres may not enter ours. */
  cwd?: string;
  /** Run as this system user; only root can. */
  user?: { uid: number; gid: number } | undefined;
  /** Resolves true once a client would be served. Called every 50 ms; a throw means "not yet". */
  isReady: () => Promise<boolean>;
  /** Signals sent in turn, 300 ms apart, until the process ends; SIGKILL follows by itself. */
  stopSignals: NodeJS.Signals[];
  /** Told the pid at once, before the ready check. */
  onSpawn?: ((pid: number) => void) | undefined;
  readyTimeoutMs?: number;
}

const alive = new Map<number, NodeJS.Signals>();
let exitHookSet = false;

/** Starts the process and resolves when it is ready; rejects with the end of its log when it dies or takes too long. */
export async function runServer(plan: ServerPlan): Promise<RunningServer> {
  // Otherwise whoever holds the port would answer our ready check.
  if (plan.port > 0 && !(await canBindTcp(plan.port)))
    throw new Error(`${plan.name} cannot listen: port ${plan.port} is taken.`);
  const { pid, exited } = await spawnInGroup(plan);
  const server: RunningServer = {
    name: plan.name,
    url: plan.url,
    port: plan.port,
    pid,
    exited,
    stop: (graceMs, signals) => stopGroup(pid, exited, signals ?? plan.stopSignals, graceMs),
  };
  try {
    await waitUntilReady(plan, exited);
  } catch (error) {
    await server.stop(1000);
    throw error;
  }
  return server;
}

/** Ends the process group led by `pid`: each signal in turn, then SIGKILL when the grace period (ms) is over. */
async function stopGroup(
  pid: number,
  exited: Promise<unknown>,
  signals: NodeJS.Signals[],
  graceMs = 3000,
): Promise<void> {
  let gone = false;
  const ended = exited.then(() => {
    gone = true;
  });
  const deadline = Date.now() + graceMs;
  // Lets an exit that is already known be seen, so that no signal goes to a pid that is free again.
  await Promise.race([ended, delay(0)]);
  for (const signal of signals) {
    if (gone) break;
    signalProcess(pid, signal);
    await Promise.race([ended, delay(Math.min(300, graceMs))]);
  }
  if (!gone) await Promise.race([ended, delay(Math.max(0, deadline - Date.now()))]);
  // Also when the leader left in good order: a child it forgot would outlive it in the same group.
  signalProcess(-pid, 'SIGKILL');
  await ended;
}

/** The last lines of a log file, for an error message; empty when there is none. */
function tailOf(logFile: string, lines = 12): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}

/** Sends a signal; false when the process (or, for a negative pid, its group) is gone or not ours. */
export function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

async function spawnInGroup(plan: ServerPlan): Promise<{ pid: number; exited: Promise<ServerExit> }> {
  mkdirSync(dirname(plan.logFile), { recursive: true });
  const log = openSync(plan.logFile, 'a');
  const child = spawn(plan.command, plan.args, {
    cwd: plan.cwd ?? '/',
    detached: true,
    stdio: ['ignore', log, log],
    env: plan.env ?? process.env,
    ...plan.user,
  });
  closeSync(log);
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw new Error(`${plan.name} could not be started: ${plan.command}`, { cause });
  }
  const pid = child.pid as number;
  const lastResort = plan.name === 'postgres' ? 'SIGQUIT' : 'SIGKILL';
  killWhenThisProcessExits(pid, lastResort);
  plan.onSpawn?.(pid);
  const exited = new Promise<ServerExit>((resolve) => {
    child.once('exit', (code, signal) => {
      alive.delete(pid);
      resolve({ code, signal });
    });
  });
  return { pid, exited };
}

async function waitUntilReady(plan: ServerPlan, exited: Promise<ServerExit>): Promise<void> {
  let exit: ServerExit | undefined;
  void exited.then((value) => {
    exit = value;
  });
  const deadline = Date.now() + (plan.readyTimeoutMs ?? 30_000);
  while (Date.now() < deadline) {
    if (exit) {
      const how = exit.signal ?? `code ${exit.code}`;
      throw new Error(`${plan.name} ended (${how}) before it was ready:\n${tailOf(plan.logFile)}`);
    }
    if (await plan.isReady().catch(() => false)) return;
    await delay(50);
  }
  throw new Error(`${plan.name} was not ready in time:\n${tailOf(plan.logFile)}`);
}

/** A crashed test run must not leave servers behind; a process that is itself killed with SIGKILL still does. */
function killWhenThisProcessExits(pid: number, signal: NodeJS.Signals): void {
  alive.set(pid, signal);
  if (exitHookSet) return;
  exitHookSet = true;
  process.once('exit', () => {
    for (const [leader, lastSignal] of alive) signalProcess(leader, lastSignal);
  });
}
