/** Counts frames in one-second windows. */
export class FrameBudget {
  private readonly perSecond: number;
  private windowStart = -Infinity;
  private used = 0;

  constructor(perSecond: number) {
    this.perSecond = perSecond;
  }

  /** @returns false once more than `perSecond` frames arrived in the window of `nowMs`. */
  take(nowMs: number): boolean {
    if (nowMs - this.windowStart >= 1000) {
      this.windowStart = nowMs;
      this.used = 0;
    }
    this.used += 1;
    return this.used <= this.perSecond;
  }
}
