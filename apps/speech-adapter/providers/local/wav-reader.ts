/**
 * Reads WAV as a program writes it to a pipe: the lengths in its header are not to be trusted, so the sound goes on to
 * the end of the stream. Mono 16-bit only.
 */
export class WavReader {
  private buffered: Buffer = Buffer.alloc(0);
  private rate: number | undefined;

  /** Known once the header was read. */
  get sampleRate(): number | undefined {
    return this.rate;
  }

  /** The whole samples in what came so far; throws when this is no mono 16-bit WAV. */
  push(chunk: Buffer): Int16Array {
    this.buffered = this.buffered.length === 0 ? chunk : Buffer.concat([this.buffered, chunk]);
    if (this.rate === undefined && !this.readHeader()) return new Int16Array(0);
    const bytes = this.buffered.length & ~1;
    const pcm = new Int16Array(bytes / 2);
    new Uint8Array(pcm.buffer).set(this.buffered.subarray(0, bytes));
    this.buffered = this.buffered.subarray(bytes);
    return pcm;
  }

  private readHeader(): boolean {
    const bytes = this.buffered;
    if (bytes.length < 12) return false;
    if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE') {
      throw new Error('the speech program did not write WAV');
    }
    let rate = 0;
    for (let at = 12; at + 8 <= bytes.length;) {
      const name = bytes.toString('latin1', at, at + 4);
      const length = bytes.readUInt32LE(at + 4);
      if (name === 'data') {
        this.rate = rate;
        this.buffered = bytes.subarray(at + 8);
        return true;
      }
      if (at + 8 + length > bytes.length) return false;
      if (name === 'fmt ') rate = readFormat(bytes.subarray(at + 8, at + 8 + length));
      at += 8 + length + (length % 2);
    }
    return false;
  }
}

function readFormat(format: Buffer): number {
  if (format.readUInt16LE(2) !== 1 || format.readUInt16LE(14) !== 16) {
    throw new Error('the speech program wrote something else than mono 16-bit WAV');
  }
  return format.readUInt32LE(4);
}
