import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWav, writeWav } from '../wav-file.ts';

const VOICE = 'rms';
const TARGET_RATE = 8_000;
const PADDING_MS = 100;
const TAPS = 63;

/** Low-pass at a quarter of the input rate (windowed sinc): what 8 kHz cannot carry would fold back as noise. */
const FILTER = Float64Array.from({ length: TAPS }, (_, i) => {
  const x = i - (TAPS - 1) / 2;
  const sinc = x === 0 ? 0.46 : Math.sin(Math.PI * 0.46 * x) / (Math.PI * x);
  return sinc * (0.54 - 0.46 * Math.cos((2 * Math.PI * i) / (TAPS - 1)));
});

function halved(samples: Int16Array): Int16Array {
  return Int16Array.from({ length: Math.floor(samples.length / 2) }, (_, n) => {
    let sum = 0;
    for (let i = 0; i < TAPS; i += 1) sum += (FILTER[i] ?? 0) * (samples[2 * n + i - (TAPS - 1) / 2] ?? 0);
    return Math.max(-32_768, Math.min(32_767, Math.round(sum)));
  });
}

function spoken(text: string): Int16Array {
  const folder = mkdtempSync(join(tmpdir(), 'callplane-flite-'));
  try {
    const file = join(folder, 'out.wav');
    execFileSync('flite', ['-voice', VOICE, '-t', text, '-o', file]);
    const { samples, sampleRate } = readWav(readFileSync(file));
    if (sampleRate !== 2 * TARGET_RATE) throw new Error(`flite ${VOICE} gave ${sampleRate} Hz, not 16000`);
    return halved(samples);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function padded(samples: Int16Array): Int16Array {
  const silence = (TARGET_RATE * PADDING_MS) / 1_000;
  const out = new Int16Array(samples.length + 2 * silence);
  out.set(samples, silence);
  return out;
}

const folder = process.argv[2] ?? import.meta.dirname;
const sentences = JSON.parse(readFileSync(join(folder, 'sentences.json'), 'utf8')) as Record<string, string>;
for (const [name, text] of Object.entries(sentences)) {
  writeFileSync(join(folder, name), writeWav(padded(spoken(text)), TARGET_RATE));
}
