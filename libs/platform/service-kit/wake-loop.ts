/**
 * Work that a hint wakes and a poll stands behind. Looks never overlap: a wake during a look leads to one more look right after
 * it, however many came. A look that throws is reported and the loop goes on.
 */
export class WakeLoop {
  private readonly look: () => Promise<void>;
  private readonly pollMs: number;
  private readonly onError: (error: unknown) => void;
  private timer: NodeJS.Timeout | undefined;
  private looking = false;
  private again = false;
  private stopped = false;

  constructor(options: { look: () => Promise<void>; pollMs: number; onError: (error: unknown) => void }) {
    this.look = options.look;
    this.pollMs = options.pollMs;
    this.onError = options.onError;
  }

  /** Looks at once, or once more when a look is under way. */
  wake(): void {
    if (this.stopped) return;
    if (this.looking) {
      this.again = true;
      return;
    }
    this.looking = true;
    void this.look()
      .catch(this.onError)
      .finally(() => {
        this.looking = false;
        const soon = this.again;
        this.again = false;
        clearTimeout(this.timer);
        if (!this.stopped) this.timer = setTimeout(() => this.wake(), soon ? 0 : this.pollMs);
      });
  }

  /** No look begins after this; one that is under way ends by itself. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }
}
