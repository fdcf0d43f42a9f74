/**
 * espeak-ng from npm, as a program of its own: `-v <voice> -s <words a minute>`, text on stdin, WAV on stdout;
 * `--voices` lists the voices as espeak-ng does. The package is under the GPL-3, so it is never loaded into a service.
 */
import { createRequire } from 'node:module';
import { text as readAll } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

/** The little we use of the package, which ships no types. */
interface PackagedEspeak {
  /** 0 = there is such a voice. */
  set_voice(name: string, language?: string): number;
  set_rate(wordsPerMinute: number): void;
  get_samplerate(): number;
  list_voices(): { name: string; identifier: string; languages: { priority: number; name: string }[] }[];
  synthesize(text: string, callback: (audio: ArrayBuffer | Int16Array | null) => boolean): void;
}
type LoadModule = () => Promise<{ eSpeakNGWorker: new () => PackagedEspeak }>;

async function loadEspeak(): Promise<PackagedEspeak> {
  const path = createRequire(import.meta.url).resolve('@echogarden/espeak-ng-emscripten');
  const { default: load } = (await import(pathToFileURL(path).href)) as { default: LoadModule };
  const module = await load();
  return new module.eSpeakNGWorker();
}

function wavHeader(sampleRate: number): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF\xff\xff\xff\x7fWAVEfmt ', 0, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data\xff\xff\xff\x7f', 36, 'latin1');
  return header;
}

// Nobody listens any more: the sentence was cancelled.
process.stdout.on('error', () => process.exit(1));
const { values } = parseArgs({
  options: { v: { type: 'string', short: 'v' }, s: { type: 'string', short: 's' }, voices: { type: 'boolean' } },
});
const espeak = await loadEspeak();
if (values.voices === true) {
  process.stdout.write('Pty Language Age/Gender VoiceName File Other\n');
  for (const { name, identifier, languages } of espeak.list_voices()) {
    const [first, ...others] = languages;
    const more = others.map((language) => `(${language.name} ${language.priority})`).join('');
    process.stdout.write(`5 ${first?.name ?? '-'} --/- ${name.replaceAll(' ', '_')} ${identifier} ${more}\n`);
  }
} else {
  const voice = values.v ?? 'en';
  if (espeak.set_voice(voice) !== 0 && espeak.set_voice('', voice) !== 0) throw new Error(`no voice ${voice}`);
  espeak.set_rate(Number(values.s ?? 175));
  const text = await readAll(process.stdin);
  process.stdout.write(wavHeader(espeak.get_samplerate()));
  espeak.synthesize(text, (audio) => {
    // The samples lie in memory the engine uses again.
    if (audio !== null && audio.byteLength > 0) process.stdout.write(Buffer.from(new Int16Array(audio).buffer));
    return false;
  });
}
