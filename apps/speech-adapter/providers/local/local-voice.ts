import { SpeechError, type Voice } from '../speech-provider.ts';
import type { EspeakProgram } from './find-espeak.ts';
import type { SpeechProgram } from './synthesise-clause.ts';

/** The voices of flite we offer; they speak English only. `kal` is the small old one, native at 8 kHz. */
const FLITE_VOICES = ['rms', 'slt', 'awb', 'kal', 'kal16'] as const;
/** Words a minute; espeak's own default (175) is hurried on a telephone. */
const ESPEAK_RATE = '165';

export interface InstalledEngines {
  espeak: EspeakProgram | undefined;
  /** Path of the program, when it is installed. */
  flite: string | undefined;
  /** What espeak-ng can be asked for with `-v`, in lower case. */
  espeakLanguages: ReadonlySet<string>;
}

/** All voices of the engines that are here. `espeak:<language>` takes any language espeak-ng knows. */
export function voicesOf(engines: Pick<InstalledEngines, 'espeak' | 'flite'>): Voice[] {
  return [
    ...(engines.espeak === undefined ? [] : [{ id: 'espeak:en', languages: '*' as const }]),
    ...(engines.flite === undefined ? [] : FLITE_VOICES.map((name) => ({ id: `flite:${name}`, languages: ['en'] }))),
  ];
}

/**
 * The program that speaks with this voice. `default` is espeak-ng in the stream's language, or flite where only that is
 * installed. Throws a `SpeechError` that says what is wrong, and how to add what is missing.
 */
export function programFor(voice: string, language: string, engines: InstalledEngines): SpeechProgram {
  const [engine, name = ''] = voice.split(':', 2);
  if (voice === 'default') {
    return engines.espeak === undefined && engines.flite !== undefined
      ? flite('slt', language, engines.flite)
      : espeak(languageOf(language, engines), engines);
  }
  if (engine === 'espeak')
    return espeak(name === '' || name === 'auto' ? languageOf(language, engines) : name, engines);
  if (engine === 'flite') {
    // A call is worth more than its voice: English is spoken by the engine that is there. /readyz names what is missing.
    const missing = engines.flite === undefined && engines.espeak !== undefined && /^en([-_]|$)/i.test(language);
    return missing ? espeak('en', engines) : flite(name, language, engines.flite);
  }
  throw new SpeechError(
    'voice-unknown',
    `There is no local voice '${voice}'; take 'default', 'espeak:<language>' or 'flite:<${FLITE_VOICES.join('|')}>'.`,
  );
}

/** What espeak-ng calls this language: as given, or without the region (`en-IN` is spoken as `en`). */
function languageOf(language: string, engines: InstalledEngines): string {
  const wanted = language.toLowerCase().replaceAll('_', '-');
  const name = [wanted, wanted.split('-')[0] ?? ''].find((one) => engines.espeakLanguages.has(one));
  if (name !== undefined || engines.espeak === undefined) return name ?? wanted;
  throw new SpeechError('language-unsupported', `espeak-ng does not speak '${language}'.`);
}

function espeak(name: string, engines: InstalledEngines): SpeechProgram {
  if (engines.espeak === undefined) throw new SpeechError('provider-missing', installSentence('espeak-ng'));
  const wanted = name.toLowerCase();
  // A variant may follow the language: `en+f3`.
  if (!/^[a-z0-9_+/(),-]+$/.test(wanted) || !engines.espeakLanguages.has(wanted.split('+')[0] ?? '')) {
    throw new SpeechError('voice-unknown', `espeak-ng has no voice '${name}'; \`espeak-ng --voices\` lists them.`);
  }
  const { command, prefix, packaged } = engines.espeak;
  const streams = packaged ? [] : ['-b', '1', '--stdin', '--stdout'];
  return { engine: 'espeak-ng', command, args: [...prefix, '-v', wanted, '-s', ESPEAK_RATE, ...streams] };
}

function flite(name: string, language: string, program: string | undefined): SpeechProgram {
  if (program === undefined) throw new SpeechError('provider-missing', installSentence('flite'));
  if (!FLITE_VOICES.some((known) => known === name)) {
    throw new SpeechError('voice-unknown', `flite has no voice '${name}'; it has ${FLITE_VOICES.join(', ')}.`);
  }
  if (!/^en([-_]|$)/i.test(language)) {
    throw new SpeechError('language-unsupported', `flite speaks English only, not '${language}'.`);
  }
  // flite opens its output by name, which fails on the sockets Node gives a child: `cat` makes them pipes. Reading the
  // text from a file would make it wait for more of its own output, so the text goes in as an argument, by the shell.
  const script = 'text=$(cat); "$0" -voice "$1" -t "$text" -o /dev/stdout | cat';
  return { engine: 'flite', command: 'sh', args: ['-c', script, program, name] };
}

/** One sentence: what is missing, and the command that adds it. */
export function installSentence(engine: 'espeak-ng' | 'flite', platform: string = process.platform): string {
  const command = platform === 'darwin' ? `brew install ${engine}` : `sudo apt-get install -y ${engine}`;
  return `The speech engine ${engine} is not installed; \`${command}\` adds it.`;
}
