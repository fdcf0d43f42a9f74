/** The first chunk of a segment is short, so that it can be played at once; the others are long, so that there are few. */
const FIRST_CHUNK_MS = 20;
const CHUNK_MS = 100;

/** Cuts a segment's samples into chunks of even length and counts its time. */
export class ChunkCutter {
  private readonly sampleRate: number;
  private rest = new Int16Array(0);
  private sent = 0;

  constructor(sampleRate: number) {
    this.sampleRate = sampleRate;
  }

  /** Milliseconds of audio cut off so far. */
  get offsetMs(): number {
    return (this.sent * 1000) / this.sampleRate;
  }

  push(pcm: Int16Array): { pcm: Int16Array; offsetMs: number }[] {
    const line = new Int16Array(this.rest.length + pcm.length);
    line.set(this.rest);
    line.set(pcm, this.rest.length);
    const chunks: { pcm: Int16Array; offsetMs: number }[] = [];
    let at = 0;
    for (;;) {
      const length = (this.sampleRate * (this.sent === 0 ? FIRST_CHUNK_MS : CHUNK_MS)) / 1000;
      if (line.length - at < length) break;
      chunks.push({ pcm: line.slice(at, at + length), offsetMs: this.offsetMs });
      at += length;
      this.sent += length;
    }
    this.rest = line.slice(at);
    return chunks;
  }

  /** What is left, possibly nothing. */
  flush(): { pcm: Int16Array; offsetMs: number } {
    const chunk = { pcm: this.rest, offsetMs: this.offsetMs };
    this.sent += this.rest.length;
    this.rest = new Int16Array(0);
    return chunk;
  }
}
