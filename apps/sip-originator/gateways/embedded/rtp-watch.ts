/** When RTP that does not come is worth a report, ms. */
export interface RtpWatchLimits {
  /** Since the answer, with none at all. */
  readonly missingMs: number;
  /** Since the last packet. */
  readonly lostMs: number;
}

/** What there is to report; each is reported once per silence. */
export interface RtpSilence {
  readonly kind: 'missing' | 'lost';
  readonly forMs: number;
}

/** Notices RTP that never came after the answer, or that stopped. Pure: times are arguments, monotonic ms. */
export class RtpWatch {
  private readonly limits: RtpWatchLimits;
  private since: number | undefined;
  private reported = false;

  constructor(limits: RtpWatchLimits) {
    this.limits = limits;
  }

  answered(now: number): void {
    this.since ??= now;
  }

  /**
   * `lastReceivedAt`: of the last packet, undefined before the first. `expected`: false while the far end has put us on hold;
   * the silence counts from the end of the hold.
   */
  check(now: number, lastReceivedAt: number | undefined, expected: boolean): RtpSilence | undefined {
    if (this.since === undefined) return undefined;
    if (!expected) this.since = now;
    const heard = lastReceivedAt !== undefined;
    const from = Math.max(this.since, lastReceivedAt ?? this.since);
    const forMs = now - from;
    if (forMs < (heard ? this.limits.lostMs : this.limits.missingMs)) {
      if (heard) this.reported = false;
      return undefined;
    }
    if (this.reported) return undefined;
    this.reported = true;
    return { kind: heard ? 'lost' : 'missing', forMs: Math.round(forMs) };
  }
}
