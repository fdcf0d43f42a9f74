import type { SpeechRefusal } from '@callplane/contracts';
import type { StreamLog } from './bus.ts';
import { SpeechError } from './providers/speech-provider.ts';

/** The open streams of one direction: how many there may be, which calls they belong to, and their end. */
export class StreamDesk<S extends { close(): Promise<void> }> {
  private readonly streams = new Map<string, { stream: S; callId: string }>();
  private readonly limit: number;
  private readonly log: StreamLog;
  /** Streams that are being opened count too. */
  private opening = 0;

  constructor(limit: number, log: StreamLog) {
    this.limit = limit;
    this.log = log;
  }

  get callIds(): string[] {
    return [...this.streams.values()].map(({ callId }) => callId);
  }

  /**
   * Opens a stream, or says why not. A second request for the same stream replaces the first: its answer was lost.
   * `open` is given what it must call when the stream is over.
   */
  async open(
    request: { streamId: string; callId: string; provider: string },
    open: (onClosed: () => void) => Promise<S>,
  ): Promise<S | SpeechRefusal> {
    const { streamId, callId, provider } = request;
    await this.streams.get(streamId)?.stream.close();
    if (this.streams.size + this.opening >= this.limit) {
      return this.refuse(request, new SpeechError('busy', `This worker has its ${this.limit} streams.`));
    }
    this.opening++;
    try {
      let over = false;
      const stream: S = await open(() => {
        over = true;
        if (this.streams.get(streamId)?.stream === stream) this.streams.delete(streamId);
      });
      if (!over) this.streams.set(streamId, { stream, callId });
      this.log.info({ call_id: callId, stream_id: streamId, provider }, 'speech.stream_opened');
      return stream;
    } catch (error) {
      if (error instanceof SpeechError) return this.refuse(request, error);
      return this.refuse(request, new SpeechError('internal', String(error), { cause: error }));
    } finally {
      this.opening--;
    }
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.streams.values()].map(({ stream }) => stream.close()));
  }

  private refuse(request: { streamId: string; callId: string; provider: string }, error: SpeechError): SpeechRefusal {
    const { callId, streamId, provider } = request;
    const fields = { call_id: callId, stream_id: streamId, provider, code: error.code, detail: error.message };
    this.log.warn({ ...fields, err: error.cause }, 'speech.stream_refused');
    return { ok: false, code: error.code, message: error.message };
  }
}
