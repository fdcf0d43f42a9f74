import type { Codec } from '../message/sdp.ts';

const MU_BIAS = 0x84;
const MU_CLIP = 32_635;

function muLawToLinear(code: number): number {
  const bits = ~code & 0xff;
  const magnitude = (((bits & 0x0f) << 3) + MU_BIAS) << ((bits & 0x70) >> 4);
  return (bits & 0x80) !== 0 ? MU_BIAS - magnitude : magnitude - MU_BIAS;
}

function linearToMuLaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), MU_CLIP) + MU_BIAS;
  const exponent = Math.max(0, 31 - Math.clz32(magnitude) - 7);
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

function aLawToLinear(code: number): number {
  const bits = code ^ 0x55;
  const exponent = (bits & 0x70) >> 4;
  const mantissa = bits & 0x0f;
  const magnitude = exponent === 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 0x108) << (exponent - 1);
  return (bits & 0x80) !== 0 ? magnitude : -magnitude;
}

function linearToALaw(sample: number): number {
  const sign = sample >= 0 ? 0x80 : 0;
  const magnitude = Math.min(sample >= 0 ? sample : -sample - 1, 32_767);
  const exponent = magnitude < 256 ? 0 : 31 - Math.clz32(magnitude) - 7;
  const mantissa = (magnitude >> (exponent === 0 ? 4 : exponent + 3)) & 0x0f;
  return (sign | (exponent << 4) | mantissa) ^ 0x55;
}

function decodeTable(decode: (code: number) => number): Int16Array {
  return Int16Array.from({ length: 256 }, (_, code) => decode(code));
}

function encodeTable(encode: (sample: number) => number): Uint8Array {
  return Uint8Array.from({ length: 65_536 }, (_, i) => encode(i - 32_768));
}

const DECODE: Readonly<Record<Codec, Int16Array>> = {
  PCMU: decodeTable(muLawToLinear),
  PCMA: decodeTable(aLawToLinear),
};
const ENCODE: Readonly<Record<Codec, Uint8Array>> = {
  PCMU: encodeTable(linearToMuLaw),
  PCMA: encodeTable(linearToALaw),
};

/** One byte a sample to 16-bit linear, 8 kHz mono. Always a fresh array (native consumers ignore byte offsets). */
export function decodeG711(codec: Codec, bytes: Uint8Array): Int16Array {
  const table = DECODE[codec];
  const samples = new Int16Array(bytes.length);
  for (let i = 0; i < bytes.length; i += 1) samples[i] = table[bytes[i] ?? 0] ?? 0;
  return samples;
}

/** 16-bit linear to one byte a sample. */
export function encodeG711(codec: Codec, samples: Int16Array): Uint8Array {
  const table = ENCODE[codec];
  const bytes = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i += 1) bytes[i] = table[(samples[i] ?? 0) + 32_768] ?? 0;
  return bytes;
}
