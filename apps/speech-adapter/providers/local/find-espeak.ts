import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { findProgram } from './find-program.ts';

/** espeak-ng, or a program that takes the same arguments. */
export interface EspeakProgram {
  command: string;
  /** Arguments that come before espeak-ng's own. */
  prefix: readonly string[];
  /** Not the program of the system, but the slower one made from an npm package. */
  packaged: boolean;
}

/** The system's espeak-ng, else the packaged one, where its npm package is installed. */
export function findEspeak(path: string, packaged: () => string | undefined = findPackaged): EspeakProgram | undefined {
  const installed = findProgram('espeak-ng', path);
  if (installed !== undefined) return { command: installed, prefix: [], packaged: false };
  const worker = packaged();
  return worker === undefined ? undefined : { command: process.execPath, prefix: [worker], packaged: true };
}

/** The program around the npm package, if the package is there: beside this file, as source or bundled. */
export function findPackaged(): string | undefined {
  try {
    createRequire(import.meta.url).resolve('@echogarden/espeak-ng-emscripten');
  } catch {
    return undefined;
  }
  return ['./packaged-voice.worker.js', './packaged-voice.worker.ts']
    .map((name) => fileURLToPath(new URL(name, import.meta.url)))
    .find((file) => existsSync(file));
}
