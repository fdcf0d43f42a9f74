import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeMuLaw, encodeMuLaw } from './audio/mu-law.ts';
import { Resampler } from './audio/resampler.ts';
import { findProgram } from './local/find-program.ts';
import { WavReader } from './local/wav-reader.ts';
import { join as joinAudio } from './stt.suite.ts';

/** Where the parts of the local recogniser are, for tests. */
export const LOCAL_PLACES = {
  python: speechPython(),
  recogniserScript: fileURLToPath(new URL('./local/recogniser.py', import.meta.url)),
  vadModel: fileURLToPath(new URL('./local/models/silero_vad_v5.onnx', import.meta.url)),
};

/** A sentence spoken by flite, without silence around it, at this rate and as loud as it came. */
export function render(text: string, rate: 8000 | 16000 = 8000, voice = 'rms'): Int16Array {
  const flite = findProgram('flite', process.env['PATH'] ?? '');
  if (flite === undefined) throw new Error('these tests speak with flite: apt-get install flite');
  const script = '"$0" -voice "$1" -t "$2" -o /dev/stdout | cat';
  const reader = new WavReader();
  const pcm = reader.push(execFileSync('sh', ['-c', script, flite, voice, text], { maxBuffer: 1 << 25 }));
  const resampler = new Resampler(reader.sampleRate ?? 16000, rate);
  return trim(joinAudio(resampler.push(pcm), resampler.flush()));
}

/** The same as it comes over a telephone: through G.711 mu-law and back. */
export function telephone(pcm: Int16Array): Int16Array {
  return decodeMuLaw(encodeMuLaw(pcm));
}

function trim(pcm: Int16Array): Int16Array {
  const loud = (sample: number) => Math.abs(sample) > 100;
  return pcm.slice(pcm.findIndex(loud), pcm.findLastIndex(loud) + 1);
}

/** The Python of the recogniser: as configured, or where set-up puts it. */
function speechPython(): string {
  const { CALLPLANE_SPEECH_PYTHON, CALLPLANE_SPEECH_VENV, CALLPLANE_HOME = '.callplane' } = process.env;
  const venv = CALLPLANE_SPEECH_VENV ?? join(CALLPLANE_HOME, 'speech-venv');
  const python = resolve(CALLPLANE_SPEECH_PYTHON ?? join(venv, 'bin', 'python'));
  if (existsSync(python) || python.includes(delimiter)) return python;
  return join(fileURLToPath(new URL('../../../.callplane/speech-venv', import.meta.url)), 'bin', 'python');
}
