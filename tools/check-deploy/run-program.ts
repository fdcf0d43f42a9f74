import { spawnSync } from 'node:child_process';

export interface ProgramRun {
  program: string;
  args: string[];
  input?: string;
  cwd?: string;
  env?: Record<string, string>;
}

/** What a program said. Anything but status 0 is not ok. */
export interface Said {
  ok: boolean;
  stdout: string;
  /** Standard error, then standard output: what a person wants to read when it failed. */
  complaint: string;
}

/** Runs a program to its end. Throws when it cannot be started. */
export function runProgram({ program, args, input, cwd, env }: ProgramRun): Said {
  const done = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, ...env },
    ...(input === undefined ? {} : { input }),
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (done.error) throw new Error(`${program} could not be started: is it installed?`, { cause: done.error });
  const complaint = `${done.stderr}${done.stdout}`.trim();
  return { ok: done.status === 0, stdout: done.stdout, complaint };
}

/** The standard output of a program that must succeed. Throws with what it said otherwise. */
export function outputOf(run: ProgramRun): string {
  const said = runProgram(run);
  if (said.ok) return said.stdout;
  throw new Error(`${run.program} ${run.args.join(' ')}: ${said.complaint}`);
}
