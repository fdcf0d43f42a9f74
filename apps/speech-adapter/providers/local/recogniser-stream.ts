import type { ChildListener, RecogniserChild } from './recogniser-child.ts';
import type { RecogniserLine } from './recogniser-wire.ts';

const ANSWER_DEADLINE_MS = 10_000;
/** An utterance that was running when a child died this many times is not tried again: it may be what kills it. */
const MAX_REPLAYS = 2;

/** What a stream of the recogniser tells its owner. `final` comes exactly once for every `start`. */
export interface RecogniserEvents {
  partial(text: string): void;
  final(text: string): void;
  missingWords(words: readonly string[]): void;
  /** An utterance was given up because the engine kept dying on it; its final is empty. */
  utteranceLost(): void;
  failed(reason: string): void;
}

export interface RecogniserSettings {
  phrases: readonly string[] | null;
  cmninit: string;
}

interface Utterance {
  number: number;
  audio: Uint8Array[];
  ended: boolean;
  replays: number;
}

/**
 * One caller's stream inside a recogniser child. It remembers what the child must know, and the audio of utterances
 * whose final is still owed, so that a child that died is replaced without a word lost.
 */
export class RecogniserStream implements ChildListener {
  readonly opened: Promise<void>;
  private readonly id: number;
  private readonly child: RecogniserChild;
  private readonly events: RecogniserEvents;
  private settings: RecogniserSettings;
  private pending: Utterance[] = [];
  private nextNumber = 1;
  private opensOwed = 0;
  private newSettings: RecogniserSettings | undefined;
  private readonly settleOpened: { resolve: () => void; reject: (error: Error) => void };
  private watchdog: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(id: number, child: RecogniserChild, settings: RecogniserSettings, events: RecogniserEvents) {
    this.id = id;
    this.child = child;
    this.settings = settings;
    this.events = events;
    let settle: typeof this.settleOpened | undefined;
    this.opened = new Promise<void>((resolve, reject) => {
      settle = { resolve, reject };
    });
    if (settle === undefined) throw new Error('a promise runs its executor at once');
    this.settleOpened = settle;
    // The owner learns of a failure after the opening through `failed`.
    this.opened.catch(() => undefined);
    child.attach(id, this);
  }

  /** Takes effect at the next utterance. */
  configure(phrases: readonly string[] | null): void {
    this.newSettings = { ...this.settings, phrases };
    if (this.current() === undefined) this.applySettings();
  }

  start(): void {
    const utterance: Utterance = { number: this.nextNumber++, audio: [], ended: false, replays: 0 };
    this.pending.push(utterance);
    this.child.send(this.id, { t: 'start', utterance: utterance.number });
  }

  /** False when the child falls behind. */
  audio(pcm: Uint8Array): boolean {
    const utterance = this.current();
    if (utterance === undefined) return true;
    utterance.audio.push(pcm);
    return this.child.send(this.id, { t: 'audio', pcm });
  }

  end(): void {
    const utterance = this.current();
    if (utterance === undefined) return;
    utterance.ended = true;
    this.child.send(this.id, { t: 'end' });
    this.applySettings();
    this.watch();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.watchdog);
    this.settleOpened.reject(new Error('the stream was closed before it was open'));
    this.child.detach(this.id);
  }

  childReady(): void {
    this.opensOwed = 0;
    this.open();
    this.pending = this.pending.filter((utterance) => this.replay(utterance));
    this.watch();
  }

  childSaid(line: RecogniserLine): void {
    switch (line.t) {
      case 'open':
        this.opensOwed--;
        if (line.missing.length > 0) this.events.missingWords(line.missing);
        this.settleOpened.resolve();
        break;
      case 'partial':
        if (this.current()?.number === line.u) this.events.partial(line.text);
        break;
      case 'final':
        if (this.pending[0]?.number !== line.u) break;
        this.pending.shift();
        this.events.final(line.text);
        break;
      case 'error':
        this.fail(`the speech recogniser failed: ${line.message}`);
        break;
      case 'ready':
        break;
    }
    this.watch();
  }

  childLost(reason: string): void {
    this.fail(reason);
  }

  /** The utterance that is being spoken; the others only wait for their final. */
  private current(): Utterance | undefined {
    const last = this.pending.at(-1);
    return last?.ended === false ? last : undefined;
  }

  private open(): void {
    this.opensOwed++;
    this.child.send(this.id, { t: 'open', ...this.settings });
    this.watch();
  }

  private applySettings(): void {
    if (this.newSettings === undefined) return;
    this.settings = this.newSettings;
    this.newSettings = undefined;
    this.open();
  }

  private replay(utterance: Utterance): boolean {
    if (utterance.replays++ >= MAX_REPLAYS) {
      this.events.utteranceLost();
      this.events.final('');
      return false;
    }
    this.child.send(this.id, { t: 'start', utterance: utterance.number });
    for (const pcm of utterance.audio) this.child.send(this.id, { t: 'audio', pcm });
    if (utterance.ended) this.child.send(this.id, { t: 'end' });
    return true;
  }

  private fail(reason: string): void {
    this.settleOpened.reject(new Error(reason));
    this.events.failed(reason);
  }

  /** As long as an answer is owed, looks from time to time whether the child still says anything, to whomever. */
  private watch(): void {
    clearTimeout(this.watchdog);
    if (this.closed || (this.opensOwed === 0 && this.pending[0]?.ended !== true)) return;
    const deadlineMs = this.child.command.answerDeadlineMs ?? ANSWER_DEADLINE_MS;
    this.watchdog = setTimeout(() => {
      if (this.child.silentMs >= deadlineMs) this.child.kill();
      this.watch();
    }, deadlineMs);
  }
}
