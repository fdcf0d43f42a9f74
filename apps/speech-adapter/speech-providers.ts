import { fileURLToPath } from 'node:url';
import { InstantStt } from './providers/instant/instant-stt.ts';
import { InstantTts } from './providers/instant/instant-tts.ts';
import { LocalStt } from './providers/local/local-stt.ts';
import { LocalTts } from './providers/local/local-tts.ts';
import { SpeechError, type MissingPart, type SttProvider, type TtsProvider } from './providers/speech-provider.ts';
import { recogniserPython, type SpeechAdapterConfig } from './speech-adapter.config.ts';

/** The provider taken for the name `default`. */
const DEFAULT_PROVIDER = 'local';

/** Every provider this process offers, by name. */
export class SpeechProviders {
  private readonly stts: ReadonlyMap<string, SttProvider>;
  private readonly ttss: ReadonlyMap<string, TtsProvider>;

  constructor(stts: readonly SttProvider[], ttss: readonly TtsProvider[]) {
    this.stts = new Map(stts.map((provider) => [provider.id, provider]));
    this.ttss = new Map(ttss.map((provider) => [provider.id, provider]));
  }

  /** Throws a `SpeechError` that names the ones there are. */
  stt(name: string): SttProvider {
    return pick(name, this.stts);
  }

  tts(name: string): TtsProvider {
    return pick(name, this.ttss);
  }

  /** Every part that is not installed, each with its sentence. */
  async missingParts(): Promise<MissingPart[]> {
    const reports = await Promise.all([...this.stts.values(), ...this.ttss.values()].map((one) => one.health()));
    return reports.flatMap((report) => report.missing);
  }

  async close(): Promise<void> {
    await Promise.all([...this.stts.values(), ...this.ttss.values()].map((provider) => provider.close()));
  }
}

/** The providers the configuration asks for; the local recogniser begins to load. */
export function createSpeechProviders(config: SpeechAdapterConfig): SpeechProviders {
  const place = (name: string) => fileURLToPath(new URL(`./providers/local/${name}`, import.meta.url));
  const stt = new LocalStt({
    python: recogniserPython(config),
    recogniserScript: place('recogniser.py'),
    vadModel: place('models/silero_vad_v5.onnx'),
    ...(config.SPEECH_RECOGNISER_PROCESSES === undefined ? {} : { maxProcesses: config.SPEECH_RECOGNISER_PROCESSES }),
  });
  void stt.warmUp();
  const tts = new LocalTts({ path: process.env['PATH'] ?? '' });
  if (config.SPEECH_INSTANT_PROVIDERS === '0') return new SpeechProviders([stt], [tts]);
  const instantStt = new InstantStt({ text: config.SPEECH_INSTANT_TEXT, afterMs: config.SPEECH_INSTANT_AFTER_MS });
  const instantTts = new InstantTts({ msPerCharacter: config.SPEECH_INSTANT_MS_PER_CHARACTER });
  return new SpeechProviders([stt, instantStt], [tts, instantTts]);
}

function pick<P>(name: string, providers: ReadonlyMap<string, P>): P {
  const provider = providers.get(name === 'default' ? DEFAULT_PROVIDER : name);
  if (provider !== undefined) return provider;
  const known = [...providers.keys()].join(', ');
  throw new SpeechError('provider-unknown', `There is no speech provider '${name}' here; there is: ${known}.`);
}
