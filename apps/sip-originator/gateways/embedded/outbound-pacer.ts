/** 20 ms at 8 kHz. */
export const FRAME_SAMPLES = 160;
export const FRAME_MS = 20;

/** A source without a frame for this long is not counted; the ticker takes over when it was the only one. */
const QUIET_AFTER_MS = 60;
/** Forgotten after this long: a track that was unpublished says nothing when it goes. */
const GONE_AFTER_MS = 1000;
/** Frames a source may be ahead of the mixing ticker. */
const MAX_QUEUED = 4;

interface Source {
  lastAt: number;
  readonly queue: Int16Array[];
}

/**
 * Decides when a frame goes out as RTP. One voice in the room: its frame leaves as it arrives (least delay, least jitter). Nobody:
 * the ticker sends silence, which keeps NAT and the carrier's RTP watchdog happy. Several: the ticker mixes.
 * Times are arguments, monotonic ms.
 */
export class OutboundPacer {
  private readonly send: (samples: Int16Array) => void;
  private readonly sources = new Map<string, Source>();
  private readonly silence = new Int16Array(FRAME_SAMPLES);
  private lastSentAt = -Infinity;

  constructor(send: (samples: Int16Array) => void) {
    this.send = send;
  }

  /** A frame of a voice in the room. */
  frame(samples: Int16Array, identity: string, now: number): void {
    const source = this.sources.get(identity) ?? { lastAt: now, queue: [] };
    source.lastAt = now;
    this.sources.set(identity, source);
    if (this.talking(now) > 1) {
      source.queue.push(samples);
      if (source.queue.length > MAX_QUEUED) source.queue.shift();
      return;
    }
    this.drainLeftovers(identity);
    this.sendNow(samples, now);
  }

  /** Every 20 ms. */
  tick(now: number): void {
    for (const [identity, { lastAt }] of this.sources) {
      if (now - lastAt > GONE_AFTER_MS) this.sources.delete(identity);
    }
    const talking = this.talking(now);
    if (talking > 1) this.sendNow(this.mix(), now);
    else if (now - this.lastSentAt > (talking === 1 ? QUIET_AFTER_MS : FRAME_MS / 2)) this.sendNow(this.silence, now);
  }

  private talking(now: number): number {
    let count = 0;
    for (const { lastAt } of this.sources.values()) if (now - lastAt <= QUIET_AFTER_MS) count += 1;
    return count;
  }

  /** Back to one voice: what the mixer had not sent would only add delay for the rest of the call. */
  private drainLeftovers(identity: string): void {
    const source = this.sources.get(identity);
    if (source !== undefined) source.queue.length = 0;
  }

  private mix(): Int16Array {
    const sum = new Int32Array(FRAME_SAMPLES);
    for (const { queue } of this.sources.values()) {
      const frame = queue.shift();
      if (frame === undefined) continue;
      for (let i = 0; i < FRAME_SAMPLES; i += 1) sum[i] = (sum[i] ?? 0) + (frame[i] ?? 0);
    }
    return Int16Array.from(sum, (value) => Math.max(-32_768, Math.min(32_767, value)));
  }

  private sendNow(samples: Int16Array, now: number): void {
    this.lastSentAt = now;
    this.send(samples);
  }
}
