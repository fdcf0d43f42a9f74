import { accessSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { VadProvider, VadStream } from '../speech-provider.ts';
import { EnergyVad } from './energy-vad.ts';
import { WINDOW_SAMPLES } from './utterance-gate.ts';

/** The little we use of `sherpa-onnx-node`, which ships no types. */
interface SherpaVad {
  acceptWaveform(samples: Float32Array): void;
  isDetected(): boolean;
  isEmpty(): boolean;
  pop(): void;
  flush(): void;
  reset(): void;
}
type SherpaVadClass = new (config: object, bufferSeconds: number) => SherpaVad;

/** Detectors kept for the next stream: making one loads the model, some 30 ms in which nobody is heard. */
const MAX_SPARE = 8;
/** The detector keeps all audio of running speech and copies it at every window; from time to time it must let go. */
const FLUSH_EVERY_WINDOWS = 62;

/**
 * Silero's voice activity detector. Only its judgement of each window is used: when an
 * utterance begins and ends is decided by `UtteranceGate`, with a hangover of the stream's own.
 */
export class SileroVad implements VadProvider {
  private readonly spare: SherpaVad[] = [];
  private readonly modelPath: string;
  private readonly load: () => SherpaVadClass;
  private loaded: SherpaVadClass | undefined;
  private failure: Error | undefined;

  constructor(modelPath: string, load: () => SherpaVadClass = loadSherpa) {
    this.modelPath = modelPath;
    this.load = load;
  }

  /** Why the model cannot run here, if it cannot. */
  problem(): Error | undefined {
    if (this.loaded === undefined && this.failure === undefined) this.warmUp();
    return this.failure;
  }

  /** A detector of its own state; the energy fallback where the model cannot run. */
  open(): VadStream {
    if (this.problem() !== undefined) return new EnergyVad();
    const vad = this.spare.pop() ?? this.make();
    let windows = 0;
    let closed = false;
    return {
      isSpeech: (window) => {
        vad.acceptWaveform(window);
        const speech = vad.isDetected();
        if (++windows % FLUSH_EVERY_WINDOWS === 0) vad.flush();
        while (!vad.isEmpty()) vad.pop();
        return speech;
      },
      close: () => {
        if (closed) return;
        closed = true;
        vad.reset();
        if (this.spare.length < MAX_SPARE) this.spare.push(vad);
      },
    };
  }

  private warmUp(): void {
    try {
      // The addon does not throw for a missing file: it hands out a detector that crashes the process.
      accessSync(this.modelPath);
      this.loaded = this.load();
      this.spare.push(this.make());
    } catch (cause) {
      this.failure = new Error('the Silero voice activity detector could not be loaded', { cause });
    }
  }

  private make(): SherpaVad {
    if (this.loaded === undefined) throw new Error('the detector was used before it was loaded');
    // A duration of zero would mean "the default", so the shortest stands for none: every window is judged by itself.
    const sileroVad = {
      model: this.modelPath,
      threshold: 0.5,
      minSilenceDuration: 0.001,
      minSpeechDuration: 0.001,
      maxSpeechDuration: 3600,
      windowSize: WINDOW_SAMPLES,
    };
    return new this.loaded({ sileroVad, sampleRate: 16000, numThreads: 1, provider: 'cpu', debug: 0 }, 5);
  }
}

function loadSherpa(): SherpaVadClass {
  const require = createRequire(import.meta.url);
  return (require('sherpa-onnx-node') as { Vad: SherpaVadClass }).Vad;
}
