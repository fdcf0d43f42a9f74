import { spawn } from 'node:child_process';
import { Resampler } from '../audio/resampler.ts';
import { WavReader } from './wav-reader.ts';

/** A program that reads text on stdin and writes WAV on stdout. */
export interface SpeechProgram {
  engine: 'espeak-ng' | 'flite';
  command: string;
  args: readonly string[];
}

/** A clause takes milliseconds; a program that is not done by now is stuck. */
const DEADLINE_MS = 15_000;
/** Samples this quiet are no speech; engines begin a clause with up to 200 ms of them. */
const SILENCE = 60;
/** Silence left in front of a clause. */
const KEPT_SILENCE_MS = 10;

/**
 * Speaks one clause: a process of its own, its sound passed on as it comes, at the wanted rate, without the silence in
 * front. Stops the process when the signal is aborted or the consumer goes away. Throws when the program fails.
 */
export async function* synthesiseClause(
  program: SpeechProgram,
  text: string,
  sampleRate: number,
  signal: AbortSignal,
): AsyncGenerator<Int16Array, void, undefined> {
  if (signal.aborted) return;
  // Its own process group, so that a shell and what it started end together.
  const child = spawn(program.command, [...program.args], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const kill = () => killGroup(child.pid);
  const deadline = setTimeout(kill, DEADLINE_MS);
  signal.addEventListener('abort', kill, { once: true });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr = (stderr + chunk).slice(-500)));
  const closed = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) => resolve(code === 0 ? undefined : `exit code ${code} ${stderr.trim()}`));
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(text);
  const convert = new ClauseConverter(sampleRate);
  let running = true;
  try {
    for await (const chunk of child.stdout) {
      const pcm = convert.push(chunk as Buffer);
      if (pcm.length > 0) yield pcm;
    }
    // A shell hands out the exit code of its last program only: that no sound came is a failure as well.
    const problem = (await closed) ?? (convert.began ? undefined : `it wrote no sound ${stderr.trim()}`);
    running = false;
    if (signal.aborted) return;
    if (problem !== undefined) throw new Error(`${program.engine} failed: ${problem}`);
    const tail = convert.flush();
    if (tail.length > 0) yield tail;
  } finally {
    clearTimeout(deadline);
    signal.removeEventListener('abort', kill);
    if (running) kill();
  }
}

/** WAV bytes to samples at the wanted rate, the silence at the start cut. */
class ClauseConverter {
  private readonly reader = new WavReader();
  private readonly sampleRate: number;
  private resampler: Resampler | undefined;
  private speaking = false;

  constructor(sampleRate: number) {
    this.sampleRate = sampleRate;
  }

  /** The header of a WAV has come. */
  get began(): boolean {
    return this.resampler !== undefined;
  }

  push(chunk: Buffer): Int16Array {
    const pcm = this.reader.push(chunk);
    if (this.reader.sampleRate === undefined) return pcm;
    this.resampler ??= new Resampler(this.reader.sampleRate, this.sampleRate);
    return this.resampler.push(this.cutSilence(pcm, this.reader.sampleRate));
  }

  flush(): Int16Array {
    return this.resampler?.flush() ?? new Int16Array(0);
  }

  private cutSilence(pcm: Int16Array, rate: number): Int16Array {
    if (this.speaking) return pcm;
    const first = pcm.findIndex((sample) => Math.abs(sample) > SILENCE);
    if (first < 0) return new Int16Array(0);
    this.speaking = true;
    return pcm.subarray(Math.max(0, first - Math.round((rate * KEPT_SILENCE_MS) / 1000)));
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}
