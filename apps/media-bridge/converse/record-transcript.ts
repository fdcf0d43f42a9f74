import { within, type Clock } from './clock.ts';

/** One sentence of either side; the shape of the transcript store. */
export interface Segment {
  n: number;
  role: 'user' | 'assistant';
  text: string;
  heard: string | null;
  t0Ms: number;
  t1Ms: number;
  at: Date;
}

/** Where words and figures are kept. */
export interface TranscriptSink {
  saveSegment(callId: string, segment: Segment): Promise<void>;
  saveTurnMetric(callId: string, turnId: number, figures: Record<string, number>): Promise<void>;
}

const TRIES = 40;
const RETRY_MS = 250;

/** Writes one call's words in order, each as soon as the one before is stored; a database that is away delays them. */
export class TranscriptRecorder {
  private readonly callId: string;
  private readonly sink: TranscriptSink;
  private readonly clock: Clock;
  private readonly onError: (error: unknown) => void;
  private tail: Promise<void> = Promise.resolve();
  private lastNumber = 0;

  constructor(callId: string, sink: TranscriptSink, clock: Clock, onError: (error: unknown) => void) {
    this.callId = callId;
    this.sink = sink;
    this.clock = clock;
    this.onError = onError;
  }

  /** The next segment's number, from 1. */
  nextNumber(): number {
    this.lastNumber += 1;
    return this.lastNumber;
  }

  /** The same number again replaces what was stored. */
  save(segment: Segment): void {
    this.enqueue(() => this.sink.saveSegment(this.callId, segment));
  }

  saveFigures(turnId: number, figures: Record<string, number>): void {
    this.enqueue(() => this.sink.saveTurnMetric(this.callId, turnId, figures));
  }

  /** True when everything is stored, false after `ms`. */
  flush(ms: number): Promise<boolean> {
    return within(this.clock, ms, this.tail);
  }

  private enqueue(write: () => Promise<void>): void {
    this.tail = this.tail.then(() => this.insist(write));
  }

  private async insist(write: () => Promise<void>): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await write();
        return;
      } catch (error) {
        this.onError(error);
        if (tries === TRIES) return;
        await new Promise<void>((resolve) => this.clock.after(RETRY_MS, resolve));
      }
    }
  }
}
