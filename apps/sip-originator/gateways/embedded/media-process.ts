import { fork, type ChildProcess } from 'node:child_process';
import {
  SETTINGS_VARIABLE,
  type MediaNews,
  type MediaOrder,
  type MediaWorkerSettings,
  type WorkerMessage,
} from './media-messages.ts';

/** Told by one worker process. */
export interface MediaProcessEvents {
  ready(): void;
  news(news: MediaNews): void;
  /** Exactly once, however it ended. */
  exited(detail: string): void;
}

/** The gateway's end of one media worker process. */
export class MediaProcess {
  /** Calls ever given to it; a worker is replaced after so many (the native library leaks a little with each). */
  served = 0;
  readonly callIds = new Set<string>();
  isReady = false;
  private readonly child: ChildProcess;
  private readonly exit: Promise<void>;

  constructor(file: string, settings: MediaWorkerSettings, events: MediaProcessEvents) {
    this.child = fork(file, [], {
      execArgv: process.execArgv.includes('--enable-source-maps') ? ['--enable-source-maps'] : [],
      env: { ...workerEnvironment(), [SETTINGS_VARIABLE]: JSON.stringify(settings) },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.child.on('message', (message) => this.receive(message as WorkerMessage, events));
    this.exit = new Promise((resolve) => {
      let over = false;
      const end = (detail: string): void => {
        if (over) return;
        over = true;
        this.isReady = false;
        resolve();
        events.exited(detail);
      };
      this.child.once('exit', (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`));
      this.child.once('error', (error) => end(error.message));
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  send(order: MediaOrder): void {
    // A worker that is just dying is reported by its exit.
    if (this.child.connected) this.child.send(order, () => undefined);
  }

  /** Asks it to leave its rooms and exit; ends it by force after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.send({ t: 'stop' });
    const force = setTimeout(() => this.child.kill('SIGKILL'), graceMs);
    await this.exit;
    clearTimeout(force);
  }

  private receive(message: WorkerMessage, events: MediaProcessEvents): void {
    if (message.t !== 'ready') return events.news(message);
    this.isReady = true;
    events.ready();
  }
}

/** Ours without the secrets, which a worker has no use for. In production mode the native library does not log at debug level. */
function workerEnvironment(): NodeJS.ProcessEnv {
  const { CALLPLANE_SECRET: _s, DATABASE_URL: _d, LIVEKIT_API_SECRET: _l, ...rest } = process.env;
  return { ...rest, NODE_ENV: 'production' };
}
