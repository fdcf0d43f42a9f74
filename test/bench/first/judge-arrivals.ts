/** One RTP packet as it came: monotonic ms, and its header. */
export interface Arrival {
  readonly at: number;
  readonly sequence: number;
  /** 8 kHz units. */
  readonly timestamp: number;
}

/** How evenly a stream came. */
export interface Evenness {
  readonly frames: number;
  /** Frames more than LATE_MS behind the 20 ms grid. */
  readonly late: number;
  /** Packets that never came, by their sequence numbers. */
  readonly lost: number;
  /** Stretches of more than GAP_MS without a packet: longer than a phone's jitter buffer bridges. */
  readonly gaps: number;
  readonly worstLateMs: number;
}

export const LATE_MS = 10;
export const GAP_MS = 60;
/** The grid is where the earliest of so many packets put it, about a second: clocks drift, and a pause may move it. */
const GRID_PACKETS = 50;
const UNITS_PER_MS = 8;

/** Lays each packet against the grid its RTP timestamps describe. Packets in order of arrival; numbers may wrap. */
export function judgeArrivals(arrivals: readonly Arrival[]): Evenness {
  let [late, lost, gaps, worstLateMs, media] = [0, 0, 0, 0, 0];
  const transits: number[] = [];
  arrivals.forEach((packet, n) => {
    const before = arrivals[n - 1];
    if (before !== undefined) {
      media += ((packet.timestamp - before.timestamp) | 0) / UNITS_PER_MS;
      const step = (packet.sequence - before.sequence) & 0xffff;
      if (step > 1 && step < 0x8000) lost += step - 1;
      if (packet.at - before.at > GAP_MS) gaps += 1;
    }
    transits.push(packet.at - media);
    const behind = packet.at - media - Math.min(...transits.slice(-GRID_PACKETS));
    if (behind > LATE_MS) late += 1;
    worstLateMs = Math.max(worstLateMs, behind);
  });
  return { frames: arrivals.length, late, lost, gaps, worstLateMs };
}

export function addEvenness(all: readonly Evenness[]): Evenness {
  const sum = (of: (one: Evenness) => number): number => all.reduce((total, one) => total + of(one), 0);
  return {
    frames: sum((one) => one.frames),
    late: sum((one) => one.late),
    lost: sum((one) => one.lost),
    gaps: sum((one) => one.gaps),
    worstLateMs: Math.max(0, ...all.map((one) => one.worstLateMs)),
  };
}
