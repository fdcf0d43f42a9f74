import { availableParallelism } from 'node:os';
import { SegmentStream } from '../segment-stream.ts';
import {
  SpeechError,
  type AudioFormat,
  type Health,
  type TtsOpenOptions,
  type TtsProvider,
  type TtsStream,
} from '../speech-provider.ts';
import { espeakLanguages } from './espeak-languages.ts';
import { findEspeak, findPackaged } from './find-espeak.ts';
import { findProgram } from './find-program.ts';
import { installSentence, programFor, voicesOf, type InstalledEngines } from './local-voice.ts';
import { splitClauses } from './split-clauses.ts';
import { synthesiseClause, type SpeechProgram } from './synthesise-clause.ts';
import { WorkSlots } from './work-slots.ts';

export interface LocalTtsOptions {
  /** Where programs are looked for, as in PATH. */
  path: string;
  /** Finds the program made from the npm package, for where espeak-ng is not installed; by default beside this file. */
  findPackaged?: () => string | undefined;
  /** Speech processes that may run side by side; twice the cores unless told. */
  maxProcesses?: number;
}

const FORMATS: readonly AudioFormat[] = [
  { encoding: 'pcm_s16le', sampleRate: 8000 },
  { encoding: 'pcm_s16le', sampleRate: 16000 },
  { encoding: 'pcm_s16le', sampleRate: 24000 },
];

/** Text to speech by programs installed on this machine: espeak-ng, and flite. One process a clause, so that the first clause is heard while the next is made. */
export class LocalTts implements TtsProvider {
  readonly id = 'local';
  private readonly options: LocalTtsOptions;
  private readonly slots: WorkSlots;
  private readonly streams = new Set<TtsStream>();

  constructor(options: LocalTtsOptions) {
    this.options = options;
    this.slots = new WorkSlots(options.maxProcesses ?? 2 * availableParallelism());
  }

  get caps() {
    return { textStreaming: false, formats: FORMATS, voices: voicesOf(this.engines()), cancel: 'local' } as const;
  }

  async open(options: TtsOpenOptions): Promise<TtsStream> {
    if (options.format.encoding !== 'pcm_s16le') {
      throw new SpeechError('bad-request', 'The local voices speak 16-bit PCM only.');
    }
    const engines = this.engines();
    const languages = engines.espeak === undefined ? new Set<string>() : await espeakLanguages(engines.espeak);
    const program = programFor(options.voice, options.language, { ...engines, espeakLanguages: languages });
    const { sampleRate } = options.format;
    const stream: SegmentStream = new SegmentStream(
      { sampleRate, signal: options.signal, onClose: () => this.streams.delete(stream) },
      (text, signal) => this.speak(program, text, sampleRate, signal),
    );
    this.streams.add(stream);
    return stream;
  }

  health(): Promise<Health> {
    const { espeak, flite } = this.engines();
    const missing = [
      ...(espeak === undefined || espeak.packaged
        ? [{ part: 'espeak-ng', sentence: installSentence('espeak-ng') }]
        : []),
      ...(flite === undefined ? [{ part: 'flite', sentence: installSentence('flite') }] : []),
    ];
    return Promise.resolve({ ok: espeak !== undefined || flite !== undefined, missing });
  }

  async close(): Promise<void> {
    await Promise.all([...this.streams].map((stream) => stream.close()));
  }

  private engines(): Pick<InstalledEngines, 'espeak' | 'flite'> {
    const { path, findPackaged: packaged = findPackaged } = this.options;
    return { espeak: findEspeak(path, packaged), flite: findProgram('flite', path) };
  }

  private async *speak(program: SpeechProgram, text: string, sampleRate: number, signal: AbortSignal) {
    for (const clause of splitClauses(text)) {
      if (signal.aborted) return;
      const giveBack = await this.slots.take();
      try {
        yield* synthesiseClause(program, clause, sampleRate, signal);
      } finally {
        giveBack();
      }
    }
  }
}
