import { fileURLToPath } from 'node:url';
import type { NegotiatedMedia } from '@callplane/sip';
import type { Logger } from '@callplane/telemetry';
import type { MediaNews, MediaOrder, MediaWorkerSettings } from './media-messages.ts';
import { MediaProcess } from './media-process.ts';

/** How many processes, and for how long each. */
export interface MediaPoolOptions extends MediaWorkerSettings {
  /** The worker's program; default: the bundle beside the service's own. */
  readonly file?: string;
  readonly callsPerWorker: number;
  readonly recycleAfterCalls: number;
  readonly log: Logger;
}

/** What the media of one call tells its leg; `closed` last, also when its process died (after `lost`). */
export interface MediaEvents {
  joined(): void;
  roomLeft(reason: string): void;
  silent(event: { kind: 'missing' | 'lost'; forMs: number }): void;
  dtmf(): void;
  /** The room could not be joined, or the worker is gone. */
  lost(detail: string): void;
}

/** The media of one call, wherever it runs. */
export interface MediaHandle {
  /** Where the far end shall send RTP. */
  readonly port: number;
  start(media: NegotiatedMedia): void;
  answered(): void;
  setAttributes(attributes: Readonly<Record<string, string>>): void;
  /** Resolves when the port is free and the participant has left (or their process is gone). Idempotent. */
  close(): Promise<void>;
}

interface Entry {
  readonly worker: MediaProcess;
  readonly events: MediaEvents;
  readonly opened: (outcome: { port: number } | { failed: string }) => void;
  readonly closed: () => void;
}

const START_LIMIT_MS = 30_000;
const STOP_GRACE_MS = 1500;
/** A worker that dies sooner than this after its start is not replaced at once: it would die again. */
const RESTART_PAUSE_MS = 1000;

/** Media workers: one is always ready, more are started as calls come, each is replaced after so many calls once it is empty. */
export class MediaPool {
  private readonly options: MediaPoolOptions;
  private readonly workers = new Set<MediaProcess>();
  private readonly entries = new Map<string, Entry>();
  private waiting: (() => void)[] = [];
  private restart: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(options: MediaPoolOptions) {
    this.options = options;
  }

  /** Resolves when a worker is ready. @throws when none gets ready in START_LIMIT_MS. */
  async start(): Promise<void> {
    this.launch();
    if (!(await this.untilReady(START_LIMIT_MS))) throw new Error(`no media worker got ready in ${START_LIMIT_MS} ms`);
  }

  /** Null, or what is missing for one more call. */
  problem(): string | null {
    return [...this.workers].some((worker) => worker.isReady) ? null : 'no media worker process is ready';
  }

  /** Process ids, for tests and logs. */
  get pids(): number[] {
    return [...this.workers].flatMap((worker) => worker.pid ?? []);
  }

  /** Gives the call to a worker. Undefined when no worker or no port can be had. */
  async open(order: Omit<MediaOrder & { t: 'open' }, 't'>, events: MediaEvents): Promise<MediaHandle | undefined> {
    const { callId } = order;
    const worker = await this.pick();
    if (worker === undefined) return undefined;
    worker.served += 1;
    worker.callIds.add(callId);
    let closed = (): void => undefined;
    const closing = new Promise<void>((resolve) => (closed = resolve));
    const outcome = await new Promise<{ port: number } | { failed: string }>((opened) => {
      this.entries.set(callId, { worker, events, opened, closed });
      worker.send({ t: 'open', ...order });
    });
    this.refill();
    if ('failed' in outcome) {
      this.options.log.error({ call_id: callId, detail: outcome.failed }, 'media.open_failed');
      this.forget(callId);
      return undefined;
    }
    return {
      port: outcome.port,
      start: (media) => worker.send({ t: 'start', callId, media }),
      answered: () => worker.send({ t: 'answered', callId }),
      setAttributes: (attributes) => worker.send({ t: 'attributes', callId, attributes }),
      close: () => {
        worker.send({ t: 'close', callId });
        return closing;
      },
    };
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.restart);
    await Promise.all([...this.workers].map((worker) => worker.stop(STOP_GRACE_MS)));
  }

  private launch(): void {
    const { file, node, logLevel, rtpMissingMs, rtpLostMs, log } = this.options;
    const program = file ?? fileURLToPath(new URL('./media.worker.js', import.meta.url));
    const startedAt = performance.now();
    const worker = new MediaProcess(
      program,
      { node, logLevel, rtpMissingMs, rtpLostMs },
      {
        ready: () => this.wake(),
        news: (news) => this.receive(news),
        exited: (detail) => this.exited(worker, detail, performance.now() - startedAt),
      },
    );
    this.workers.add(worker);
    log.info({ worker_pid: worker.pid }, 'media.worker_started');
  }

  /** The ready worker with the fewest calls; a new one when all are full. */
  private async pick(): Promise<MediaProcess | undefined> {
    for (const deadline = performance.now() + 5000; performance.now() < deadline && !this.stopped;) {
      const free = this.takers().filter((worker) => worker.isReady);
      const best = free.sort((a, b) => a.callIds.size - b.callIds.size)[0];
      if (best !== undefined) return best;
      if (this.takers().length === 0) this.launch();
      await this.untilReady(deadline - performance.now());
    }
    return undefined;
  }

  /** Workers that may take one more call, ready or not yet. */
  private takers(): MediaProcess[] {
    const { callsPerWorker, recycleAfterCalls } = this.options;
    return [...this.workers].filter((w) => w.callIds.size < callsPerWorker && w.served < recycleAfterCalls);
  }

  private async untilReady(withinMs: number): Promise<boolean> {
    if (this.takers().some((worker) => worker.isReady)) return true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, Math.max(0, withinMs))));
    await Promise.race([new Promise<void>((resolve) => this.waiting.push(resolve)), late]);
    clearTimeout(timer);
    return this.takers().some((worker) => worker.isReady);
  }

  private wake(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Keeps one worker that can take a call, and lets the worn and empty ones go. */
  private refill(): void {
    if (this.stopped) return;
    for (const worker of this.workers) {
      const worn = worker.served >= this.options.recycleAfterCalls && worker.callIds.size === 0;
      if (worn) void worker.stop(STOP_GRACE_MS);
    }
    if (this.takers().length === 0) this.launch();
  }

  private exited(worker: MediaProcess, detail: string, livedMs: number): void {
    this.workers.delete(worker);
    const lost = [...worker.callIds];
    const worn = worker.served >= this.options.recycleAfterCalls;
    if (!this.stopped && (lost.length > 0 || !worn))
      this.options.log.error({ worker_pid: worker.pid, detail, call_ids: lost }, 'media.worker_died');
    for (const callId of lost) {
      const entry = this.entries.get(callId);
      this.forget(callId);
      entry?.opened({ failed: `media worker died: ${detail}` });
      entry?.events.lost(`media worker died: ${detail}`);
    }
    if (this.stopped) return;
    clearTimeout(this.restart);
    this.restart = setTimeout(() => this.refill(), livedMs < RESTART_PAUSE_MS ? RESTART_PAUSE_MS : 0);
  }

  private forget(callId: string): void {
    const entry = this.entries.get(callId);
    if (entry === undefined) return;
    this.entries.delete(callId);
    entry.worker.callIds.delete(callId);
    entry.closed();
    this.wake();
  }

  private receive(news: MediaNews): void {
    const entry = this.entries.get(news.callId);
    if (entry === undefined) return;
    switch (news.t) {
      case 'opened':
        return entry.opened({ port: news.port });
      case 'open-failed':
        return entry.opened({ failed: news.detail });
      case 'joined':
        return entry.events.joined();
      case 'join-failed':
        return entry.events.lost(news.detail);
      case 'room-left':
        return entry.events.roomLeft(news.reason);
      case 'dtmf':
        return entry.events.dtmf();
      case 'silent':
        return entry.events.silent({ kind: news.kind, forMs: news.forMs });
      case 'closed': {
        const { received, sent, lost, callId } = news;
        this.options.log.info({ call_id: callId, rtp: { received, sent, lost } }, 'media.closed');
        this.forget(callId);
        return this.refill();
      }
    }
  }
}
