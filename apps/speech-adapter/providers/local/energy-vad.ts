import type { VadStream } from '../speech-provider.ts';

/** Speech is this much louder than the noise floor (a factor of the mean square). */
const ABOVE_FLOOR = 8;
/** Nothing below this mean square (about -60 dBFS) is speech, however quiet the line. */
const QUIETEST = 1e-6;
/** The floor starts here and follows falling levels at once, rising ones slowly. */
const FIRST_FLOOR = 1e-5;
const RISE = 1.01;

/**
 * Louder than the line's own noise: the fallback where the Silero model cannot run. It finds every utterance,
 * but takes tones, bursts and breaths for speech as well.
 */
export class EnergyVad implements VadStream {
  private floor = FIRST_FLOOR;

  isSpeech(window: Float32Array): boolean {
    let sum = 0;
    for (const sample of window) sum += sample * sample;
    const level = sum / Math.max(1, window.length);
    const speech = level > Math.max(QUIETEST, this.floor * ABOVE_FLOOR);
    this.floor = Math.max(1e-9, Math.min(level, this.floor * RISE));
    return speech;
  }

  close(): void {
    // Nothing is held.
  }
}
