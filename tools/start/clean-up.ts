import { signalProcess } from '@callplane/testing';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { HomeFiles } from './write-files.ts';

/** Set for every process of a stack; its value is the stack's home. */
export const STACK_MARK = 'CALLPLANE_STACK';

/** Says so in a sentence when another supervisor already runs this home. */
export function findRunningSupervisor(files: HomeFiles): string | undefined {
  const pid = files.supervisorPid();
  if (pid === undefined || pid === process.pid || !commandOf(pid).includes('start.js')) return undefined;
  const advice = 'stop it first, or set CALLPLANE_HOME to another folder (and CALLPLANE_PORTS=free)';
  return `This stack already runs (npm start, pid ${pid}): ${advice}.`;
}

/** Ends what a supervisor that was killed left behind; resolves with the names. Only processes that carry our mark. */
export async function endOrphans(files: HomeFiles): Promise<string[]> {
  const ours = files.readProcesses().filter(({ pid }) => carriesMark(pid, files.home));
  for (const { name, pid } of ours) {
    // SIGQUIT is how Postgres leaves at once without losing its children.
    signalProcess(name === 'postgres' ? pid : -pid, name === 'postgres' ? 'SIGQUIT' : 'SIGKILL');
  }
  const deadline = Date.now() + 5000;
  while (ours.some(({ pid }) => isAlive(pid)) && Date.now() < deadline) await delay(50);
  for (const { pid } of ours) if (isAlive(pid)) signalProcess(pid, 'SIGKILL');
  return ours.map(({ name }) => name);
}

/** True while a process with this pid exists, zombies aside. */
export function isAlive(pid: number): boolean {
  if (!signalProcess(pid, 0)) return false;
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return process.platform !== 'linux';
  }
}

/** A pid alone proves nothing: numbers are used again. */
function carriesMark(pid: number, home: string): boolean {
  const mark = `${STACK_MARK}=${home}`;
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark);
    return ps(['eww', '-o', 'command=', '-p', String(pid)]).includes(`${mark} `);
  } catch {
    return false;
  }
}

function commandOf(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return ps(['-o', 'command=', '-p', String(pid)]);
  } catch {
    return '';
  }
}

function ps(args: string[]): string {
  return execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}
