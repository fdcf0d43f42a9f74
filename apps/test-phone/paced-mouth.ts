/** Where frames go; an RTP session fits. */
export interface FrameSink {
  send(samples: Int16Array): void;
  skip(samples: number): void;
}

const FRAME_MS = 20;
const FRAME_SAMPLES = 160;
/** Frames later than this are left out: a burst would only fill the far end's jitter buffer. */
const MAX_LATE_FRAMES = 10;

/** Sends a frame every 20 ms, paced against one monotonic origin (t0 + n * 20 ms): recorded sound, else silence. */
export class PacedMouth {
  readonly #sink: FrameSink;
  readonly #onTick: () => void;
  readonly #now: () => number;
  #origin = 0;
  #sent = 0;
  #timer: NodeJS.Timeout | undefined;
  #sound: { samples: Int16Array; at: number; done: () => void } | undefined;
  #isMuted = false;

  constructor(sink: FrameSink, onTick: () => void, now: () => number = () => performance.now()) {
    this.#sink = sink;
    this.#onTick = onTick;
    this.#now = now;
  }

  start(): void {
    if (this.#timer) return;
    this.#origin = this.#now();
    this.#tick();
  }

  /** Sends nothing any more, not even silence; time and listening go on. */
  mute(): void {
    this.#isMuted = true;
  }

  /** Plays 8 kHz samples; resolves when the last frame has left, or on `stop`. */
  play(samples: Int16Array): Promise<void> {
    this.#sound?.done();
    return new Promise((done) => (this.#sound = { samples, at: 0, done }));
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sound?.done();
    this.#sound = undefined;
  }

  #tick(): void {
    const due = Math.floor((this.#now() - this.#origin) / FRAME_MS) + 1;
    const late = due - this.#sent - MAX_LATE_FRAMES;
    if (late > 0) {
      this.#sink.skip(late * FRAME_SAMPLES);
      this.#sent += late;
    }
    for (; this.#sent < due; this.#sent += 1) {
      const frame = this.#nextFrame();
      if (this.#isMuted) this.#sink.skip(FRAME_SAMPLES);
      else this.#sink.send(frame);
    }
    this.#onTick();
    const next = this.#origin + this.#sent * FRAME_MS - this.#now();
    this.#timer = setTimeout(() => this.#tick(), Math.max(1, next));
  }

  #nextFrame(): Int16Array {
    const frame = new Int16Array(FRAME_SAMPLES);
    const sound = this.#sound;
    if (!sound) return frame;
    frame.set(sound.samples.subarray(sound.at, sound.at + FRAME_SAMPLES));
    sound.at += FRAME_SAMPLES;
    if (sound.at >= sound.samples.length) {
      this.#sound = undefined;
      sound.done();
    }
    return frame;
  }
}
