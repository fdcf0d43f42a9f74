import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readWav } from './wav-file.ts';

const RATE = 8_000;

/** The sounds the phone can make: file name to 8 kHz samples. */
export type Recordings = ReadonlyMap<string, Int16Array>;

/** Reads every sentence of `sentences.json` in that folder. Throws when a file is missing or not 8 kHz mono. */
export function readRecordings(folder: string): Recordings {
  const sentences = JSON.parse(readFileSync(join(folder, 'sentences.json'), 'utf8')) as Record<string, string>;
  const entries = Object.keys(sentences).map((name): [string, Int16Array] => {
    const { samples, sampleRate } = readWav(readFileSync(join(folder, name)));
    if (sampleRate !== RATE) throw new Error(`${name} has ${sampleRate} Hz, not ${RATE}`);
    return [name, samples];
  });
  return new Map(entries);
}

/** The tone of an answering machine. */
export function beep(ms: number): Int16Array {
  return Int16Array.from({ length: (RATE * ms) / 1_000 }, (_, i) =>
    Math.round(9_000 * Math.sin((2 * Math.PI * 1_000 * i) / RATE)),
  );
}
