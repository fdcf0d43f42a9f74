/** Samples of one window at 16 kHz: what the voice activity detector judges at a time. */
export const WINDOW_SAMPLES = 512;
/** Milliseconds of one window. */
export const WINDOW_MS = 32;

/** Speech is believed after this many windows in a row; shorter sounds are clicks. */
const CONFIRM_WINDOWS = 3;
/** Audio sent before the speech and after it (about 240 ms): the recogniser wants some silence, and errs on more. */
const MARGIN_WINDOWS = 8;
/** An utterance is cut here, so that memory and the caller's patience stay bounded. */
const MAX_UTTERANCE_WINDOWS = Math.round(30_000 / WINDOW_MS);

export type GateStep =
  { t: 'start'; atMs: number } | { t: 'audio'; pcm: Int16Array } | { t: 'end'; startMs: number; endMs: number };

/**
 * Turns windows, each judged speech or not, into utterances: `start`, the audio worth recognising, `end`.
 * Audio goes out as it comes in while someone speaks; only what follows the margin after the last speech is held back
 * until it is known whether the speech goes on.
 */
export class UtteranceGate {
  private readonly hangoverWindows: number;
  private readonly recent: Int16Array[] = [];
  private held: Int16Array[] = [];
  private index = 0;
  private run = 0;
  private speaking = false;
  private startWindow = 0;
  private lastSpeech = 0;

  constructor(hangoverMs: number) {
    this.hangoverWindows = Math.max(1, Math.ceil(hangoverMs / WINDOW_MS));
  }

  /** Milliseconds of audio judged so far. */
  get nowMs(): number {
    return this.index * WINDOW_MS;
  }

  push(window: Int16Array, speech: boolean): GateStep[] {
    const steps = this.speaking ? this.go(window, speech) : this.wait(window, speech);
    this.index++;
    return steps;
  }

  /** Ends a running utterance now. */
  endNow(): GateStep[] {
    return this.speaking ? [this.finish()] : [];
  }

  private wait(window: Int16Array, speech: boolean): GateStep[] {
    this.recent.push(window);
    if (this.recent.length > MARGIN_WINDOWS + CONFIRM_WINDOWS) this.recent.shift();
    this.run = speech ? this.run + 1 : 0;
    if (this.run < CONFIRM_WINDOWS) return [];
    this.speaking = true;
    this.startWindow = this.index - CONFIRM_WINDOWS + 1;
    this.lastSpeech = this.index;
    const audio = this.recent.splice(0);
    return [{ t: 'start', atMs: this.startWindow * WINDOW_MS }, ...audio.map(audioStep)];
  }

  private go(window: Int16Array, speech: boolean): GateStep[] {
    if (speech) {
      this.lastSpeech = this.index;
      this.recent.length = 0;
      const steps = [...this.held.splice(0), window].map(audioStep);
      return this.index - this.startWindow >= MAX_UTTERANCE_WINDOWS ? [...steps, this.finish()] : steps;
    }
    const silence = this.index - this.lastSpeech;
    const steps: GateStep[] = [];
    if (silence <= MARGIN_WINDOWS) steps.push(audioStep(window));
    else this.held.push(window);
    this.recent.push(window);
    if (silence >= this.hangoverWindows) steps.push(this.finish());
    return steps;
  }

  private finish(): GateStep {
    this.speaking = false;
    this.run = 0;
    this.held = [];
    this.recent.splice(0, Math.max(0, this.recent.length - MARGIN_WINDOWS));
    return { t: 'end', startMs: this.startWindow * WINDOW_MS, endMs: (this.lastSpeech + 1) * WINDOW_MS };
  }
}

function audioStep(pcm: Int16Array): GateStep {
  return { t: 'audio', pcm };
}
