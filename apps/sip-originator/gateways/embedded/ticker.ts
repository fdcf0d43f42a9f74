/**
 * Calls back every `periodMs` against a monotonic origin, so that a late tick does not delay the following ones. After a stall
 * of more than `MAX_BEHIND` periods the missed ticks are skipped: nobody wants them any more.
 */
export class Ticker {
  private readonly periodMs: number;
  private readonly onTick: () => void;
  private timer: NodeJS.Timeout | undefined;
  private nextAt = 0;

  constructor(periodMs: number, onTick: () => void) {
    this.periodMs = periodMs;
    this.onTick = onTick;
  }

  start(): void {
    if (this.timer !== undefined) return;
    this.nextAt = performance.now() + this.periodMs;
    this.schedule();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private schedule(): void {
    this.timer = setTimeout(() => this.tick(), Math.max(0, this.nextAt - performance.now()));
  }

  private tick(): void {
    const now = performance.now();
    if (now - this.nextAt > MAX_BEHIND * this.periodMs) this.nextAt = now;
    while (this.timer !== undefined && this.nextAt <= now) {
      this.nextAt += this.periodMs;
      this.onTick();
    }
    if (this.timer !== undefined) this.schedule();
  }
}

const MAX_BEHIND = 5;
