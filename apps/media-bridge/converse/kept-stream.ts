import type { SpeechErrorCode, SpeechRefusal } from '@callplane/contracts';
import type { Clock } from './clock.ts';

/** How one kind of stream is asked for and looked after. */
export interface StreamKind<R> {
  /** Asks any worker. Rejects when nobody answers. */
  request(streamId: string): Promise<({ ok: true } & R) | SpeechRefusal>;
  /** Listens to what the worker of this stream sends; returns how to stop. */
  listen(streamId: string): () => void;
  ping(worker: R): void;
  close(worker: R): void;
}

export interface StreamEvents<R> {
  /** A worker has the stream; `again`: it replaces one that was lost. */
  opened(worker: R, again: boolean): void;
  /** The stream is gone and will be asked for anew. */
  lost(detail: string): void;
  /** No worker would take it any more. */
  failed(detail: string): void;
}

const WATCH_MS = 250;
/** A worker is heard at least once a second. */
const SILENT_MS = 1500;
const PING_MS = 10_000;
const TRIES = 6;
const RETRY_MS = 250;
/** Asking another worker would change nothing. */
const FINAL_CODES: ReadonlySet<SpeechErrorCode> = new Set([
  'bad-request',
  'provider-unknown',
  'provider-missing',
  'language-unsupported',
  'voice-unknown',
]);

/** Keeps one stream with some speech worker open: pings it, notices its death within 1.5 s, asks another worker. */
export class KeptStream<R extends object> {
  private readonly name: string;
  private readonly kind: StreamKind<R>;
  private readonly events: StreamEvents<R>;
  private readonly clock: Clock;
  private worker: R | undefined;
  private stopListening: () => void = () => undefined;
  private cancelWatch: () => void = () => undefined;
  private opens = 0;
  private hadWorker = false;
  private heardAt = 0;
  private watchedAt = 0;
  private pingedAt = 0;
  private closed = false;

  /** `name` begins the ids of the streams; one subject token, 70 characters at most. */
  constructor(name: string, kind: StreamKind<R>, events: StreamEvents<R>, clock: Clock) {
    this.name = name;
    this.kind = kind;
    this.events = events;
    this.clock = clock;
  }

  /** The worker that has the stream now. */
  get current(): R | undefined {
    return this.worker;
  }

  /** Resolves with undefined once a worker has the stream, or with why none would. */
  async open(): Promise<SpeechRefusal | undefined> {
    let refusal: SpeechRefusal = { ok: false, code: 'internal', message: 'no speech worker answered' };
    for (let tries = 1; tries <= TRIES && !this.closed; tries += 1) {
      if (tries > 1) await new Promise<void>((resolve) => this.clock.after(RETRY_MS, resolve));
      const answer = await this.ask();
      if (answer === undefined) return undefined;
      refusal = answer;
      if (FINAL_CODES.has(refusal.code)) break;
    }
    return this.closed ? undefined : refusal;
  }

  /** Anything the worker sent is a sign of life. */
  heard(): void {
    this.heardAt = this.clock.now();
  }

  /** The stream ended on the worker's side. */
  lost(detail: string): void {
    if (this.closed || this.worker === undefined) return;
    this.drop();
    this.events.lost(detail);
    void this.open().then((refusal) => {
      if (refusal !== undefined && !this.closed) this.events.failed(refusal.message);
    });
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.drop();
  }

  private async ask(): Promise<SpeechRefusal | undefined> {
    this.opens += 1;
    const streamId = `${this.name}-${this.opens}`;
    const stopListening = this.kind.listen(streamId);
    let answer: ({ ok: true } & R) | SpeechRefusal;
    try {
      answer = await this.kind.request(streamId);
    } catch (error) {
      answer = { ok: false, code: 'internal', message: error instanceof Error ? error.message : String(error) };
    }
    if (!answer.ok) {
      stopListening();
      return answer;
    }
    if (this.closed) {
      stopListening();
      this.kind.close(answer);
      return undefined;
    }
    this.take(answer, stopListening);
    return undefined;
  }

  private take(worker: R, stopListening: () => void): void {
    const now = this.clock.now();
    this.worker = worker;
    this.stopListening = stopListening;
    this.heardAt = this.watchedAt = this.pingedAt = now;
    this.watch();
    const again = this.hadWorker;
    this.hadWorker = true;
    this.events.opened(worker, again);
  }

  private drop(): void {
    this.cancelWatch();
    this.stopListening();
    if (this.worker !== undefined) this.kind.close(this.worker);
    this.worker = undefined;
  }

  private watch(): void {
    this.cancelWatch = this.clock.after(WATCH_MS, () => {
      if (this.worker === undefined) return;
      const now = this.clock.now();
      // When this process itself was held up, the worker's signs of life wait to be read.
      if (now - this.watchedAt > WATCH_MS * 2) this.heardAt = now;
      this.watchedAt = now;
      if (now - this.heardAt > SILENT_MS) return this.lost('the speech worker fell silent');
      if (now - this.pingedAt >= PING_MS) {
        this.pingedAt = now;
        this.kind.ping(this.worker);
      }
      this.watch();
    });
  }
}
