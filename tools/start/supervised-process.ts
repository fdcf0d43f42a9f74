import { signalProcess, type RunningServer } from '@callplane/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { decideRestart } from './restart-policy.ts';
import type { ProcessEntry } from './write-files.ts';

/** How to start one process; resolves when it answers, rejects when it died before that. */
export interface ProcessSpec {
  name: string;
  port?: number;
  launch: (onSpawn: (pid: number) => void) => Promise<RunningServer>;
}

/** Told of every change; `pid` is news as soon as there is one. */
export interface Watcher {
  onChange: () => void;
  onDeath: (name: string, how: string) => void;
  onReturn: (name: string, pid: number, afterMs: number) => void;
}

/** Keeps one process alive from `start` to `stop`. */
export class SupervisedProcess {
  private running: RunningServer | undefined;
  private pid: number | undefined;
  /** Of a process that has not ended as far as we know; the only ones we signal. */
  private livePid: number | undefined;
  private startedAt = 0;
  private restarts = 0;
  private failures = 0;
  private readonly stopping = new AbortController();
  private life: Promise<void> = Promise.resolve();
  private attempt: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly spec: ProcessSpec,
    private readonly watcher: Watcher,
  ) {}

  get name(): string {
    return this.spec.name;
  }

  /** Undefined until it was spawned once; then the last known pid. */
  get entry(): ProcessEntry | undefined {
    if (this.pid === undefined) return undefined;
    const { name, port } = this.spec;
    const startedAt = new Date(this.startedAt).toISOString();
    return { name, pid: this.pid, startedAt, restarts: this.restarts, ...(port === undefined ? {} : { port }) };
  }

  /** The first start; a process that does not come up even once is an error. */
  async start(): Promise<RunningServer> {
    const running = await this.launch();
    this.life = this.keepAlive(running);
    return running;
  }

  /** Ends it for good, whatever it is doing: running, starting, or waiting to be started again. */
  async stop(graceMs: number, signals?: NodeJS.Signals[]): Promise<void> {
    this.stopping.abort();
    if (!this.running && this.livePid !== undefined) signalProcess(-this.livePid, 'SIGKILL');
    await this.attempt.catch(() => undefined);
    await this.running?.stop(graceMs, signals);
    await this.life;
  }

  /** At once, without asking. */
  kill(): void {
    this.stopping.abort();
    if (this.livePid !== undefined) signalProcess(-this.livePid, 'SIGKILL');
  }

  private async launch(): Promise<RunningServer> {
    this.stopping.signal.throwIfAborted();
    this.startedAt = Date.now();
    const attempt = this.spec.launch((pid) => {
      this.pid = pid;
      this.livePid = pid;
      this.startedAt = Date.now();
      this.watcher.onChange();
    });
    this.attempt = attempt;
    try {
      this.running = await attempt;
    } catch (error) {
      this.livePid = undefined;
      throw error;
    }
    return this.running;
  }

  private async keepAlive(first: RunningServer): Promise<void> {
    let current: RunningServer | undefined = first;
    while (!this.stopping.signal.aborted) {
      const wasReady = current !== undefined;
      if (current) {
        const { code, signal } = await current.exited;
        this.livePid = undefined;
        this.running = undefined;
        // Ends children it left in its group.
        await current.stop(0);
        if (this.stopping.signal.aborted) return;
        this.watcher.onDeath(this.name, signal ?? `code ${code}`);
      }
      const died = Date.now();
      const decision = decideRestart(this.failures, { wasReady, lastedMs: died - this.startedAt });
      this.failures = decision.failures;
      await delay(decision.delayMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      current = await this.restart(died);
    }
  }

  private async restart(died: number): Promise<RunningServer | undefined> {
    if (this.stopping.signal.aborted) return undefined;
    this.restarts += 1;
    try {
      const running = await this.launch();
      this.watcher.onReturn(this.name, running.pid, Date.now() - died);
      return running;
    } catch (error) {
      if (!this.stopping.signal.aborted) this.watcher.onDeath(this.name, firstLine(error));
      return undefined;
    }
  }
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0] ?? '';
}
