import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** A process and all its descendants. */
export function familyOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/);
    return [pid, ...children.filter(Boolean).flatMap((child) => familyOf(Number(child)))];
  } catch {
    return [];
  }
}

/** Seconds of a core these processes have used so far, user and system. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The name in parentheses may hold spaces; utime and stime are the 14th and 15th fields.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return sum + (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    } catch {
      return sum;
    }
  }, 0);
}

const GENERATOR_LIMIT = 0.7;

/** Watches what this process, the load generator, takes of a core. */
export class GeneratorWatch {
  private readonly since = { at: performance.now(), cpu: process.cpuUsage() };

  /** Share of one core since the watch began. */
  share(): number {
    const { user, system } = process.cpuUsage(this.since.cpu);
    return (user + system) / 1000 / (performance.now() - this.since.at);
  }
}

/** Why a run counts for nothing: the generator was busy itself. */
export function generatorProblems(share: number): string[] {
  return share > GENERATOR_LIMIT ? [`the generator used ${Math.round(share * 100)} % of a core`] : [];
}
