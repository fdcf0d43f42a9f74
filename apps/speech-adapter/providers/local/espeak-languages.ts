import { execFile } from 'node:child_process';
import type { EspeakProgram } from './find-espeak.ts';

const DEADLINE_MS = 5000;
const known = new Map<string, ReadonlySet<string>>();

/** The languages and voice names this espeak-ng knows, in lower case. It speaks unknown ones with its default voice, so they must be asked for. */
export async function espeakLanguages(program: EspeakProgram): Promise<ReadonlySet<string>> {
  const key = [program.command, ...program.prefix].join(' ');
  const cached = known.get(key);
  if (cached !== undefined) return cached;
  const listing = await new Promise<string>((resolve, reject) => {
    execFile(program.command, [...program.prefix, '--voices'], { timeout: DEADLINE_MS }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(new Error('espeak-ng cannot list its voices', { cause: error }));
    });
  });
  const languages = readVoiceList(listing);
  known.set(key, languages);
  return languages;
}

/** Columns: priority, language, age/gender, name, file, then other languages as `(en 2)`. */
export function readVoiceList(listing: string): Set<string> {
  const names = new Set<string>();
  for (const line of listing.split('\n').slice(1)) {
    const [, language, , name, file] = line.trim().split(/\s+/);
    for (const one of [language, name, file]) if (one !== undefined) names.add(one.toLowerCase());
    for (const [, other] of line.matchAll(/\(([^ ()]+) \d+\)/g))
      if (other !== undefined) names.add(other.toLowerCase());
  }
  return names;
}
