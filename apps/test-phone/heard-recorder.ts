import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWav } from './wav-file.ts';

const SAMPLES_PER_MS = 8;
/** Jitter up to this is not a gap. */
const SLACK_MS = 60;
const MAX_SAMPLES = 8_000 * 600;

/** Keeps what one call heard, on the time line of the call: silence where no packets came. Ten minutes at most. */
export class HeardRecorder {
  readonly #chunks: Int16Array[] = [];
  #length = 0;

  /** Adds a frame that arrived `atMs` after the answer. */
  add(samples: Int16Array, atMs: number): void {
    const expected = Math.round(atMs) * SAMPLES_PER_MS;
    const gap = expected - this.#length;
    if (gap > SLACK_MS * SAMPLES_PER_MS) this.#push(new Int16Array(Math.min(gap, MAX_SAMPLES)));
    this.#push(samples);
  }

  /** Writes the WAV file and says where. */
  save(folder: string, name: string): string {
    const all = new Int16Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${name}.wav`);
    writeFileSync(path, writeWav(all, 8_000));
    return path;
  }

  #push(samples: Int16Array): void {
    if (this.#length + samples.length > MAX_SAMPLES) return;
    this.#chunks.push(samples);
    this.#length += samples.length;
  }
}
