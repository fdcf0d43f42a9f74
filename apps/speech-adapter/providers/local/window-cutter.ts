import { WINDOW_SAMPLES } from './utterance-gate.ts';

/** Cuts audio of any length into the windows a voice activity detector takes. */
export class WindowCutter {
  private plain = new Float32Array(WINDOW_SAMPLES);
  private mirrored = new Int16Array(WINDOW_SAMPLES);
  private filled = 0;

  push(plain: Float32Array, mirrored: Int16Array): { plain: Float32Array; mirrored: Int16Array }[] {
    const windows: { plain: Float32Array; mirrored: Int16Array }[] = [];
    for (let at = 0; at < plain.length;) {
      const take = Math.min(WINDOW_SAMPLES - this.filled, plain.length - at);
      this.plain.set(plain.subarray(at, at + take), this.filled);
      this.mirrored.set(mirrored.subarray(at, at + take), this.filled);
      this.filled += take;
      at += take;
      if (this.filled < WINDOW_SAMPLES) break;
      windows.push({ plain: this.plain, mirrored: this.mirrored });
      this.plain = new Float32Array(WINDOW_SAMPLES);
      this.mirrored = new Int16Array(WINDOW_SAMPLES);
      this.filled = 0;
    }
    return windows;
  }
}
