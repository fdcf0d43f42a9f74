/** Where samples go: the agent's track in the room. */
export interface AudioSink {
  /** Resolves when there is room for more; false when the track is gone. The array is kept. */
  captureFrame(pcm: Int16Array): Promise<boolean>;
  clearQueue(): void;
  /** ms captured and not played. */
  queuedMs(): number;
}

/** Speech of one segment on its way to the room. */
export interface Piece {
  readonly segment: number;
  readonly pcm: Int16Array;
  /** Nothing more of the segment follows. */
  readonly last: boolean;
}

export interface PlayoutEvents {
  /** The first sample of the segment goes to the room now. */
  segmentStarted(segment: number): void;
  /** So many more ms of the segment went to the room. */
  captured(segment: number, ms: number): void;
  /** All of the segment went to the room; the sink's queue may still hold its end. */
  segmentEnded(segment: number): void;
}

const FRAME_MS = 20;
/** The least the native source takes, ms. */
const STEP_MS = 10;
/** Loudness left while we are not sure that the caller means to interrupt. */
const DUCKED = 0.25;

/** Cuts speech into frames and hands them to the room at the pace of the sink's queue, one call of the sink at a time. */
export class Playout {
  private readonly sink: AudioSink;
  private readonly sampleRate: number;
  private readonly events: PlayoutEvents;
  private queue: Piece[] = [];
  /** Samples of the first piece already handed over. */
  private offset = 0;
  /** Samples of the newest segment that do not fill a step yet. */
  private rest: { segment: number; pcm: Int16Array } | undefined;
  private startedSegment = 0;
  private held = false;
  private ducked = false;
  private pumping = false;
  private epoch = 0;

  constructor(sink: AudioSink, sampleRate: number, events: PlayoutEvents) {
    this.sink = sink;
    this.sampleRate = sampleRate;
    this.events = events;
  }

  /** Segments come in order, and each ends with one `last` piece. */
  push(piece: Piece): void {
    this.queue.push({ ...piece, pcm: this.toWholeSteps(piece) });
    this.wake();
  }

  /** Forgets everything, played or not; segments in work end without an event. */
  clear(): void {
    this.epoch += 1;
    this.queue = [];
    this.offset = 0;
    this.rest = undefined;
    this.ducked = false;
    this.sink.clearQueue();
  }

  /** While held nothing more goes to the room. */
  hold(held: boolean): void {
    this.held = held;
    this.wake();
  }

  duck(ducked: boolean): void {
    this.ducked = ducked;
  }

  private toWholeSteps({ segment, pcm, last }: Piece): Int16Array {
    const step = (this.sampleRate * STEP_MS) / 1000;
    const rest = this.rest?.segment === segment ? this.rest.pcm : undefined;
    this.rest = undefined;
    const length = (rest?.length ?? 0) + pcm.length;
    const whole = last ? Math.ceil(length / step) * step : Math.floor(length / step) * step;
    if (rest === undefined && whole === pcm.length) return pcm;
    const joined = new Int16Array(Math.max(whole, length));
    if (rest !== undefined) joined.set(rest);
    joined.set(pcm, rest?.length ?? 0);
    if (whole < length) this.rest = { segment, pcm: joined.slice(whole) };
    return joined.subarray(0, whole);
  }

  private wake(): void {
    if (this.pumping || this.held || this.queue.length === 0) return;
    this.pumping = true;
    void this.pump();
  }

  private async pump(): Promise<void> {
    for (;;) {
      const piece = this.queue[0];
      if (piece === undefined || this.held) break;
      const epoch = this.epoch;
      await this.handOver(piece);
      if (epoch !== this.epoch || this.offset < piece.pcm.length) continue;
      this.queue.shift();
      this.offset = 0;
      if (piece.last) this.events.segmentEnded(piece.segment);
    }
    this.pumping = false;
  }

  private async handOver(piece: Piece): Promise<void> {
    if (this.offset >= piece.pcm.length) return;
    if (this.startedSegment !== piece.segment) {
      this.startedSegment = piece.segment;
      this.events.segmentStarted(piece.segment);
      // The listener may have stopped us.
      if (this.queue[0] !== piece) return;
    }
    const frame = piece.pcm.slice(this.offset, this.offset + (this.sampleRate * FRAME_MS) / 1000);
    this.offset += frame.length;
    if (this.ducked) for (let i = 0; i < frame.length; i += 1) frame[i] = (frame[i] ?? 0) * DUCKED;
    this.events.captured(piece.segment, (frame.length / this.sampleRate) * 1000);
    await this.sink.captureFrame(frame);
  }
}
