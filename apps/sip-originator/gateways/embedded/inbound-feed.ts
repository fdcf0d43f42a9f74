/** 10 ms at 8 kHz: what an AudioSource without a queue takes. */
export const STEP_SAMPLES = 80;
/** Gaps up to this many packets are filled with silence; longer ones are a pause of the far end. */
const MAX_FILLED = 5;
/** Samples that may wait for the room: half a second, then the newest wins. */
const MAX_WAITING = 4000;

/**
 * Hands received audio to the room in whole 10 ms steps, one after the other, whatever the far end's packet time is. A lost packet
 * becomes silence of its length, so that what follows keeps its place in time.
 */
export class InboundFeed {
  private readonly capture: (samples: Int16Array) => Promise<boolean>;
  private waiting: Int16Array[] = [];
  private waitingSamples = 0;
  private busy = false;
  private closed = false;

  constructor(capture: (samples: Int16Array) => Promise<boolean>) {
    this.capture = capture;
  }

  push(samples: Int16Array, lost: number): void {
    if (this.closed) return;
    if (lost > 0 && lost <= MAX_FILLED) this.queue(new Int16Array(lost * samples.length));
    this.queue(samples);
    if (!this.busy) void this.drain();
  }

  close(): void {
    this.closed = true;
    this.waiting = [];
    this.waitingSamples = 0;
  }

  private queue(samples: Int16Array): void {
    this.waiting.push(samples);
    this.waitingSamples += samples.length;
    while (this.waitingSamples > MAX_WAITING) this.waitingSamples -= this.waiting.shift()?.length ?? 0;
  }

  private async drain(): Promise<void> {
    this.busy = true;
    try {
      while (!this.closed && this.waitingSamples >= STEP_SAMPLES) await this.capture(this.takeSteps());
    } finally {
      this.busy = false;
    }
  }

  /** Everything that waits, down to the last whole step, in an array of its own. */
  private takeSteps(): Int16Array {
    const all = new Int16Array(this.waitingSamples);
    let at = 0;
    for (const samples of this.waiting) {
      all.set(samples, at);
      at += samples.length;
    }
    const whole = at - (at % STEP_SAMPLES);
    const rest = all.slice(whole);
    this.waiting = rest.length > 0 ? [rest] : [];
    this.waitingSamples = rest.length;
    return all.slice(0, whole);
  }
}
