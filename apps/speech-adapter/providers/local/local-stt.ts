import { availableParallelism } from 'node:os';
import {
  SpeechError,
  type AudioFormat,
  type Health,
  type SttOpenOptions,
  type SttProvider,
  type SttStream,
} from '../speech-provider.ts';
import { LocalSttStream } from './local-stt-stream.ts';
import { findMissingRecogniser } from './probe-recogniser.ts';
import { RecogniserPool } from './recogniser-pool.ts';
import { SileroVad } from './silero-vad.ts';

export interface LocalSttOptions {
  /** The Python of the virtual environment that has pocketsphinx. */
  python: string;
  recogniserScript: string;
  vadModel: string;
  /** One process a core is the most that helps. */
  maxProcesses?: number;
}

const FORMATS: readonly AudioFormat[] = [
  { encoding: 'pcm_s16le', sampleRate: 8000 },
  { encoding: 'pcm_s16le', sampleRate: 16000 },
  { encoding: 'mulaw', sampleRate: 8000 },
];

/**
 * Speech to text on this machine, English only: Silero finds the speech, pocketsphinx the words.
 * With hints it knows the words of the hints and no others, which is what makes it usable on a telephone line;
 * without, it takes dictation, with about one word in five wrong. It is a default for development, tests and narrow dialogues.
 */
export class LocalStt implements SttProvider {
  readonly id = 'local';
  readonly caps = {
    streaming: true,
    partials: true,
    endpointing: 'local',
    formats: FORMATS,
    languages: ['en'],
    hints: 'phrases',
  } as const;
  private readonly options: LocalSttOptions;
  private readonly pool: RecogniserPool;
  private readonly vad: SileroVad;
  private readonly streams = new Set<LocalSttStream>();

  constructor(options: LocalSttOptions) {
    this.options = options;
    this.pool = new RecogniserPool(
      { python: options.python, script: options.recogniserScript },
      options.maxProcesses ?? availableParallelism(),
    );
    this.vad = new SileroVad(options.vadModel);
  }

  /** The ids of the recogniser processes. */
  get processIds(): number[] {
    return this.pool.pids;
  }

  /** Loads what the first caller would otherwise wait for. */
  async warmUp(): Promise<void> {
    this.vad.problem();
    if ((await findMissingRecogniser(this.options.python)) === undefined) this.pool.warmUp();
  }

  async open(options: SttOpenOptions): Promise<SttStream> {
    if (!/^en([-_]|$)/i.test(options.language)) {
      throw new SpeechError(
        'language-unsupported',
        `The local recogniser knows English only, not '${options.language}'.`,
      );
    }
    if (!FORMATS.some((known) => sameFormat(known, options.format))) {
      throw new SpeechError('bad-request', 'The local recogniser takes 16-bit PCM at 8 or 16 kHz, or mu-law at 8 kHz.');
    }
    const missing = await findMissingRecogniser(this.options.python);
    if (missing !== undefined) throw new SpeechError('provider-missing', missing.sentence);
    const stream = new LocalSttStream(options, this.vad.open(), this.pool, () => this.streams.delete(stream));
    this.streams.add(stream);
    try {
      await stream.opened;
    } catch (cause) {
      await stream.close();
      throw new SpeechError('engine-failed', cause instanceof Error ? cause.message : String(cause), { cause });
    }
    return stream;
  }

  async health(): Promise<Health> {
    const recogniser = await findMissingRecogniser(this.options.python);
    const detector =
      this.vad.problem() === undefined
        ? undefined
        : {
            part: 'silero',
            sentence:
              'The Silero voice detector cannot run, a simple energy detector stands in; `npm install sherpa-onnx-node` adds it.',
          };
    return {
      ok: recogniser === undefined,
      missing: [recogniser, detector].filter((part) => part !== undefined),
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.streams].map((stream) => stream.close()));
    await this.pool.close();
  }
}

function sameFormat(a: AudioFormat, b: AudioFormat): boolean {
  return a.encoding === b.encoding && a.sampleRate === b.sampleRate;
}
