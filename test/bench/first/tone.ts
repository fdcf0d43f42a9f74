/** Samples of 16 bits at 8 kHz. */
export const SAMPLES_PER_MS = 8;
const AMPLITUDE = 8000;
/** Far above what a codec makes of silence, far below the tone. */
const LOUD = 1000;
const BIAS = 0x84;
const CLIP = 32_635;

/** So many samples of the tone, `from` samples after its start. */
export function toneSamples(count: number, from: number): Int16Array {
  return Int16Array.from({ length: count }, (_, n) => AMPLITUDE * Math.sin((2 * Math.PI * 440 * (from + n)) / 8000));
}

/** ms from the frame's first sample to its first loud one; undefined when there is none. */
export function onsetMs(samples: Int16Array): number | undefined {
  const loud = samples.findIndex((sample) => Math.abs(sample) > LOUD);
  return loud < 0 ? undefined : loud / SAMPLES_PER_MS;
}

/** G.711 mu-law. */
export function encodeMuLaw(samples: Int16Array): Buffer {
  return Buffer.from(
    Array.from(samples, (sample) => {
      const magnitude = Math.min(CLIP, Math.abs(sample)) + BIAS;
      const exponent = 24 - Math.clz32(magnitude);
      const code = ((sample < 0 ? 0x80 : 0) | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) ^ 0xff;
      return code;
    }),
  );
}

export function decodeMuLaw(bytes: Uint8Array): Int16Array {
  return Int16Array.from(bytes, (byte) => {
    const code = byte ^ 0xff;
    const magnitude = ((((code & 0x0f) << 3) + BIAS) << ((code >> 4) & 0x07)) - BIAS;
    return (code & 0x80) === 0 ? magnitude : -magnitude;
  });
}
