import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { encodeOrder, LineReader, type RecogniserLine, type RecogniserOrder } from './recogniser-wire.ts';

const FIRST_BACK_OFF_MS = 20;
const LONGEST_BACK_OFF_MS = 5000;
/** A child that lived this long was healthy: the next death starts the back-off anew. */
const HEALTHY_AFTER_MS = 10_000;
/** From this many deaths in a row on, streams are told that the engine is lost. */
const DEATHS_TO_GIVE_UP = 5;
/** Python and the model are up in well under a second; a child that says nothing for this long is stuck. */
const START_DEADLINE_MS = 15_000;
const STOP_DEADLINE_MS = 1000;
const BACK_PRESSURE_BYTES = 1_000_000;
const STDERR_KEPT = 2000;

/** What a stream hears of the child that serves it. */
export interface ChildListener {
  /** A fresh process is ready and knows nothing: everything that matters must be sent again. */
  childReady(): void;
  childSaid(line: RecogniserLine): void;
  /** The child keeps dying; it is still being restarted, but do not wait for it. */
  childLost(reason: string): void;
}

export interface RecogniserCommand {
  python: string;
  script: string;
  /** A child that owes an answer and says nothing at all for this long is stuck, and is replaced; 10 s unless told. */
  answerDeadlineMs?: number;
}

/** One recogniser process, restarted with back-off whenever it dies, until it is stopped. */
export class RecogniserChild {
  readonly command: RecogniserCommand;
  private readonly listeners = new Map<number, ChildListener>();
  private process: ChildProcessWithoutNullStreams | undefined;
  private ready = false;
  private stopped = false;
  private deaths = 0;
  private stderr = '';
  private timer: NodeJS.Timeout | undefined;
  private lastSaidAt = performance.now();

  constructor(command: RecogniserCommand) {
    this.command = command;
    this.start();
  }

  get load(): number {
    return this.listeners.size;
  }

  get pid(): number | undefined {
    return this.process?.pid;
  }

  /** Milliseconds since the process said anything; 0 while it starts, which has a deadline of its own. */
  get silentMs(): number {
    return this.ready ? performance.now() - this.lastSaidAt : 0;
  }

  attach(stream: number, listener: ChildListener): void {
    this.listeners.set(stream, listener);
    if (this.ready) listener.childReady();
    else if (this.deaths >= DEATHS_TO_GIVE_UP) listener.childLost(this.reason());
  }

  detach(stream: number): void {
    if (!this.listeners.delete(stream)) return;
    this.send(stream, { t: 'close' });
  }

  /** False when the child falls behind. Orders to a child that is not ready are dropped: `childReady` asks for them again. */
  send(stream: number, order: RecogniserOrder): boolean {
    if (!this.ready || this.process === undefined) return true;
    this.process.stdin.write(encodeOrder(stream, order));
    return this.process.stdin.writableLength < BACK_PRESSURE_BYTES;
  }

  /** Ends a process that no longer answers; the restart follows by itself. */
  kill(): void {
    this.process?.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.ready = false;
    clearTimeout(this.timer);
    this.listeners.clear();
    const process = this.process;
    if (process === undefined) return;
    const gone = new Promise<void>((resolve) => process.once('close', () => resolve()));
    process.stdin.end();
    const deadline = setTimeout(() => process.kill('SIGKILL'), STOP_DEADLINE_MS);
    await gone;
    clearTimeout(deadline);
  }

  private start(): void {
    const begun = Date.now();
    // A session of its own: Ctrl-C on a terminal is meant for the service, which still has words to wait for, and Linux
    // shares a busy machine out by sessions. It ends with its input, so also with a service that was killed.
    const process = spawn(this.command.python, [this.command.script], { stdio: 'pipe', detached: true });
    this.process = process;
    this.stderr = '';
    const lines = new LineReader();
    process.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      for (const line of lines.push(chunk)) this.hear(line);
    });
    process.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      this.stderr = (this.stderr + chunk).slice(-STDERR_KEPT);
    });
    // A broken pipe is the child's death, which `close` reports.
    process.stdin.on('error', () => undefined);
    process.once('error', (error) => {
      this.stderr = error.message;
      if (process.pid === undefined) this.died(begun);
    });
    process.once('close', () => this.died(begun));
    this.timer = setTimeout(() => process.kill('SIGKILL'), START_DEADLINE_MS);
  }

  private hear(line: RecogniserLine): void {
    this.lastSaidAt = performance.now();
    if (line.t === 'ready') {
      clearTimeout(this.timer);
      this.ready = true;
      for (const listener of [...this.listeners.values()]) listener.childReady();
      return;
    }
    this.listeners.get(line.s)?.childSaid(line);
  }

  private died(begun: number): void {
    if (this.process === undefined) return;
    this.process = undefined;
    this.ready = false;
    clearTimeout(this.timer);
    if (this.stopped) return;
    this.deaths = Date.now() - begun > HEALTHY_AFTER_MS ? 1 : this.deaths + 1;
    if (this.deaths >= DEATHS_TO_GIVE_UP) {
      for (const listener of [...this.listeners.values()]) listener.childLost(this.reason());
    }
    const pause = Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** (this.deaths - 1));
    this.timer = setTimeout(() => this.start(), pause);
  }

  private reason(): string {
    const last = this.stderr.trim().split('\n').at(-1) ?? '';
    return `the speech recogniser keeps ending${last === '' ? '' : ` (${last})`}`;
  }
}
