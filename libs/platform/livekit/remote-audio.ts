import { AudioStream, type AudioFrame, type RemoteTrack } from '@livekit/rtc-node';

/** How remote audio is given to us; LiveKit resamples. */
export interface AudioFormat {
  /** Samples a second. */
  readonly sampleRate: number;
  /** Length of a frame, ms. 20 costs the least. */
  readonly frameMs: number;
}

/** One frame of mono samples; the array belongs to the callee. */
export type RemoteAudioCallback = (samples: Int16Array, identity: string) => void;

interface Listener {
  readonly filter: (identity: string) => boolean;
  readonly format: AudioFormat;
  readonly callback: RemoteAudioCallback;
}

type Reader = ReadableStreamDefaultReader<AudioFrame>;

/** Keeps one native stream for each pair of a listener and a track it wants. */
export class RemoteAudioReaders {
  private readonly listeners = new Map<Listener, Map<RemoteTrack, Reader>>();
  private readonly tracks = new Map<RemoteTrack, string>();

  add(listener: Listener): () => void {
    const readers = new Map<RemoteTrack, Reader>();
    this.listeners.set(listener, readers);
    for (const [track, identity] of this.tracks) this.open(listener, track, identity);
    return () => {
      this.listeners.delete(listener);
      for (const reader of readers.values()) void cancel(reader);
    };
  }

  trackCame(track: RemoteTrack, identity: string): void {
    this.tracks.set(track, identity);
    for (const listener of this.listeners.keys()) this.open(listener, track, identity);
  }

  trackGone(track: RemoteTrack): void {
    this.tracks.delete(track);
    for (const readers of this.listeners.values()) {
      const reader = readers.get(track);
      readers.delete(track);
      if (reader !== undefined) void cancel(reader);
    }
  }

  /** Cancels every stream; nothing is called back afterwards. */
  async stop(): Promise<void> {
    const readers = [...this.listeners.values()].flatMap((byTrack) => [...byTrack.values()]);
    this.listeners.clear();
    this.tracks.clear();
    await Promise.all(readers.map(cancel));
  }

  private open(listener: Listener, track: RemoteTrack, identity: string): void {
    const readers = this.listeners.get(listener);
    if (readers === undefined || readers.has(track) || !listener.filter(identity)) return;
    const { sampleRate, frameMs } = listener.format;
    const stream = new AudioStream(track, { sampleRate, numChannels: 1, frameSizeMs: frameMs });
    const reader = stream.getReader();
    readers.set(track, reader);
    void this.pump(listener, reader, identity);
  }

  private async pump(listener: Listener, reader: Reader, identity: string): Promise<void> {
    for (;;) {
      const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }) as const);
      if (done || value === undefined || !this.listeners.has(listener)) return;
      listener.callback(value.data, identity);
    }
  }
}

async function cancel(reader: Reader): Promise<void> {
  await reader.cancel().catch(() => undefined);
}
