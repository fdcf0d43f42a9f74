/**
 * RFC 3261 base timers, milliseconds. Every other timer is derived: B = F = H = J = L = M = 64 * t1, D = 64 * t1, I = K = t4.
 * Tests inject small ones.
 */
export interface SipTimers {
  /** Round-trip estimate; first retransmission interval. */
  readonly t1: number;
  /** Longest retransmission interval of non-INVITE requests and INVITE responses. */
  readonly t2: number;
  /** How long a message may live in the network. */
  readonly t4: number;
}

/** The RFC's own values: 500, 4,000 and 5,000 ms. */
export const DEFAULT_TIMERS: SipTimers = { t1: 500, t2: 4_000, t4: 5_000 };

/** The RFC's defaults with some replaced. */
export function sipTimers(overrides: Partial<SipTimers> = {}): SipTimers {
  return { ...DEFAULT_TIMERS, ...overrides };
}
