/** 16-bit mono sound. */
export interface Sound {
  readonly samples: Int16Array;
  readonly sampleRate: number;
}

const HEADER_BYTES = 44;

/** Reads a 16-bit mono PCM WAV. Throws on anything else. */
export function readWav(bytes: Buffer): Sound {
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE')
    throw new Error('not a WAV file');
  let sampleRate = 0;
  for (let at = 12; at + 8 <= bytes.length;) {
    const id = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const start = at + 8;
    if (id === 'fmt ') {
      const [format, channels, bits] = [0, 2, 14].map((offset) => bytes.readUInt16LE(start + offset));
      if (format !== 1 || channels !== 1 || bits !== 16) throw new Error('not 16-bit mono PCM');
      sampleRate = bytes.readUInt32LE(start + 4);
    }
    if (id === 'data' && sampleRate > 0) {
      const count = Math.floor(Math.min(size, bytes.length - start) / 2);
      return { sampleRate, samples: Int16Array.from({ length: count }, (_, i) => bytes.readInt16LE(start + 2 * i)) };
    }
    at = start + size + (size % 2);
  }
  throw new Error('WAV file without data');
}

/** Prints a 16-bit mono PCM WAV. */
export function writeWav(samples: Int16Array, sampleRate: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + 2 * samples.length);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + 2 * samples.length, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(sampleRate, 24);
  bytes.writeUInt32LE(2 * sampleRate, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((sample, i) => bytes.writeInt16LE(sample, HEADER_BYTES + 2 * i));
  return bytes;
}
