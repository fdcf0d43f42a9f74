import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import type { MissingPart } from '../speech-provider.ts';

const PROBE_DEADLINE_MS = 10_000;
/** A missing engine is looked for again after this time, so that installing it needs no restart. */
const LOOK_AGAIN_MS = 3000;

const seen = new Map<string, { missing: MissingPart | undefined; atMs: number }>();

/** What is missing for the recogniser, if anything: that this Python can import pocketsphinx is the proof. */
export async function findMissingRecogniser(python: string): Promise<MissingPart | undefined> {
  const known = seen.get(python);
  if (known !== undefined && (known.missing === undefined || Date.now() - known.atMs < LOOK_AGAIN_MS)) {
    return known.missing;
  }
  const works = await new Promise<boolean>((resolve) => {
    execFile(python, ['-c', 'import pocketsphinx'], { timeout: PROBE_DEADLINE_MS }, (error) => resolve(error === null));
  });
  const missing = works ? undefined : { part: 'pocketsphinx', sentence: sentenceFor(python) };
  seen.set(python, { missing, atMs: Date.now() });
  return missing;
}

function sentenceFor(python: string): string {
  const folder = dirname(dirname(python));
  return (
    'Local speech recognition is not installed; ' +
    `\`python3 -m venv ${folder} && ${python} -m pip install --no-deps pocketsphinx==5.1.1\` adds it.`
  );
}
