import { SegmentStream } from '../segment-stream.ts';
import { InstantProvider } from './instant-provider.ts';
import type { AudioFormat, TtsOpenOptions, TtsProvider, TtsStream } from '../speech-provider.ts';

export interface InstantTtsOptions {
  /** Length of the tone for each character of the text. */
  msPerCharacter: number;
}

const FORMATS: readonly AudioFormat[] = [
  { encoding: 'pcm_s16le', sampleRate: 8000 },
  { encoding: 'pcm_s16le', sampleRate: 16000 },
  { encoding: 'pcm_s16le', sampleRate: 24000 },
];
const TONE_HZ = 440;
const AMPLITUDE = 8000;
const BLOCK_MS = 1000;

/** A voice without speech, for benches: a tone as long as the text would take, at once. */
export class InstantTts extends InstantProvider<TtsStream> implements TtsProvider {
  readonly caps = {
    textStreaming: false,
    formats: FORMATS,
    voices: [{ id: 'default', languages: '*' as const }],
    cancel: 'local',
  } as const;
  private readonly options: InstantTtsOptions;

  constructor(options: InstantTtsOptions) {
    super();
    this.options = options;
  }

  open(options: TtsOpenOptions): Promise<TtsStream> {
    const { sampleRate } = options.format;
    const stream: SegmentStream = new SegmentStream(
      { sampleRate, signal: options.signal, onClose: () => this.streams.delete(stream) },
      (text) => tone(text.length * this.options.msPerCharacter, sampleRate),
    );
    this.streams.add(stream);
    return Promise.resolve(stream);
  }
}

async function* tone(ms: number, sampleRate: number): AsyncGenerator<Int16Array, void, undefined> {
  const total = Math.round((ms * sampleRate) / 1000);
  const block = (sampleRate * BLOCK_MS) / 1000;
  for (let at = 0; at < total; at += block) {
    const samples = Math.min(block, total - at);
    yield await Promise.resolve(
      Int16Array.from({ length: samples }, (_, i) =>
        Math.round(AMPLITUDE * Math.sin((2 * Math.PI * TONE_HZ * (at + i)) / sampleRate)),
      ),
    );
  }
}
