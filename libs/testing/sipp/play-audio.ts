import { readFileSync, writeFileSync } from 'node:fs';
import type { Step } from './far-end-steps.ts';

/** A step that plays a recording over RTP; the recording is an 8 kHz 16-bit mono WAV, sent as PCMU. Pauses for its length. */
export function play(wavPath: string, rawPath: string): Step {
  const samples = readWav(wavPath);
  writeFileSync(rawPath, Buffer.from(Array.from(samples, encodeMuLaw)));
  const ms = Math.ceil(samples.length / 8);
  return `<nop><action><exec rtp_stream="${rawPath},1,0" /></action></nop>\n<pause milliseconds="${ms}" />`;
}

function readWav(path: string): Int16Array {
  const bytes = readFileSync(path);
  const at = bytes.indexOf('data', 12, 'latin1') + 8;
  const samples = new Int16Array(Math.floor((bytes.length - at) / 2));
  for (let i = 0; i < samples.length; i += 1) samples[i] = bytes.readInt16LE(at + 2 * i);
  return samples;
}

const BIAS = 0x84;
const CLIP = 32_635;

/** G.711 mu-law of one 16-bit sample. */
function encodeMuLaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(CLIP, Math.abs(sample)) + BIAS;
  const exponent = Math.max(0, 31 - Math.clz32(magnitude) - 7);
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}
