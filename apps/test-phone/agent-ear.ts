/** A stretch of speech of the other side, milliseconds since the answer. */
export interface HeardTurn {
  readonly startMs: number;
  readonly endMs: number;
}

/** What was heard so far. */
export interface HeardSummary {
  readonly turns: readonly HeardTurn[];
  readonly speechMs: number;
  /** Loudest 20 ms, root mean square of 16-bit samples. */
  readonly loudestRms: number;
  readonly frames: number;
}

/** Loud enough for speech, RMS of 16-bit samples: about -42 dB below full scale. */
const LOUD_RMS = 260;
/** Loud frames in a row that make speech out of a click. */
const ONSET_FRAMES = 3;
/** Silence that ends a turn; longer than the pause between two sentences of one turn. */
const QUIET_MS = 1_200;
const FRAME_MS = 20;

type Edge = 'start' | 'end';

function rmsOf(samples: Int16Array): number {
  const power = samples.reduce((sum, s) => sum + s * s, 0);
  return Math.sqrt(power / Math.max(1, samples.length));
}

/** Hears by energy when the agent begins and stops to speak. Time is an argument, so silence without packets counts too. */
export class AgentEar {
  readonly #turns: HeardTurn[] = [];
  readonly #waiting = new Map<Edge, Set<() => void>>([
    ['start', new Set()],
    ['end', new Set()],
  ]);
  #loudRun = 0;
  #speakingSince: number | undefined;
  #lastLoudAt = 0;
  #loudestRms = 0;
  #frames = 0;

  get isSpeaking(): boolean {
    return this.#speakingSince !== undefined;
  }

  get summary(): HeardSummary {
    const open = this.#speakingSince === undefined ? [] : [{ startMs: this.#speakingSince, endMs: this.#lastLoudAt }];
    const turns = [...this.#turns, ...open];
    const speechMs = turns.reduce((sum, t) => sum + t.endMs - t.startMs, 0);
    return { turns, speechMs, loudestRms: Math.round(this.#loudestRms), frames: this.#frames };
  }

  /** Feeds one frame that arrived at `at`. */
  hear(samples: Int16Array, at: number): void {
    const rms = rmsOf(samples);
    this.#frames += 1;
    this.#loudestRms = Math.max(this.#loudestRms, rms);
    this.#loudRun = rms >= LOUD_RMS ? this.#loudRun + 1 : 0;
    if (this.#loudRun === 0) return;
    if (this.isSpeaking || this.#loudRun >= ONSET_FRAMES) this.#lastLoudAt = at;
    if (this.isSpeaking || this.#loudRun < ONSET_FRAMES) return;
    this.#speakingSince = Math.max(0, at - ONSET_FRAMES * FRAME_MS);
    this.#tell('start');
  }

  /** Lets time pass; call it often, frames or not. */
  tick(at: number): void {
    if (this.#speakingSince === undefined || at - this.#lastLoudAt < QUIET_MS) return;
    this.#turns.push({ startMs: this.#speakingSince, endMs: this.#lastLoudAt });
    this.#speakingSince = undefined;
    this.#tell('end');
  }

  /** Calls back at the next start or end of speech; the returned function stops waiting. */
  once(edge: Edge, heard: () => void): () => void {
    this.#waiting.get(edge)?.add(heard);
    return () => this.#waiting.get(edge)?.delete(heard);
  }

  #tell(edge: Edge): void {
    const waiting = [...(this.#waiting.get(edge) ?? [])];
    this.#waiting.get(edge)?.clear();
    for (const heard of waiting) heard();
  }
}
