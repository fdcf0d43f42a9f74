import type { SpokenFrame } from '@callplane/contracts';
import type { Clock } from './clock.ts';
import { Playout, type AudioSink } from './playout.ts';
import { capturedMs, heardOf, isOver, textOf, type Part, type Utterance } from './utterance.ts';

/** Text to audio; frames come back through `AgentSpeech.takeFrame`. */
export interface Voice {
  speak(segment: number, text: string): void;
  /** Drops everything not spoken yet. */
  cancel(): void;
}

/** What the room heard of one utterance. */
export interface Spoken {
  readonly kind: 'turn' | 'say';
  readonly n: number;
  readonly text: string;
  /** null = all of it. */
  readonly heard: string | null;
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface AgentSpeechEvents {
  /** An utterance's first sample goes to the room; give it its number in the transcript. */
  utteranceStarted(utterance: { kind: 'turn' | 'say'; text: string; at: number }): number;
  utteranceEnded(spoken: Spoken): void;
  /** Sound begins after silence. */
  started(): void;
  /** All that was given has been played. */
  drained(): void;
  firstByte(at: number): void;
  /** One clause could not be spoken. */
  segmentFailed(detail: string): void;
}

/** The agent's mouth: clauses in, sound in the room, and a record of what was heard. */
export class AgentSpeech {
  private readonly voice: Voice;
  private readonly sink: AudioSink;
  private readonly clock: Clock;
  private readonly events: AgentSpeechEvents;
  private readonly playout: Playout;
  private readonly parts = new Map<number, { part: Part; utterance: Utterance }>();
  private utterances: Utterance[] = [];
  private nextSegment = 1;
  private sounding = false;
  private epoch = 0;
  private quiet: (() => void)[] = [];

  constructor(voice: Voice, sink: AudioSink, sampleRate: number, clock: Clock, events: AgentSpeechEvents) {
    this.voice = voice;
    this.sink = sink;
    this.clock = clock;
    this.events = events;
    this.playout = new Playout(sink, sampleRate, {
      segmentStarted: (segment) => this.segmentStarted(segment),
      captured: (segment, ms) => {
        const known = this.parts.get(segment);
        if (known !== undefined) known.part.capturedMs += ms;
      },
      segmentEnded: (segment) => this.segmentEnded(segment),
    });
  }

  /** True while the caller hears the agent. */
  get audible(): boolean {
    return this.sounding;
  }

  /** Clauses of a turn join the turn's utterance; a `say` is one by itself. */
  speak(kind: 'turn' | 'say', clauses: readonly string[]): void {
    const utterance = (kind === 'turn' ? this.openTurn() : undefined) ?? this.begin(kind);
    for (const text of clauses) {
      const segment = this.nextSegment;
      this.nextSegment += 1;
      const part: Part = { segment, text, receivedMs: 0, capturedMs: 0, complete: false, played: false };
      utterance.parts.push(part);
      this.parts.set(segment, { part, utterance });
      this.voice.speak(segment, text);
    }
  }

  /** No more clauses of the running turn follow. */
  endTurn(): void {
    const turn = this.openTurn();
    if (turn === undefined) return;
    turn.closed = true;
    this.settle(turn);
  }

  /** Audio of the voice. Frames of segments that were stopped are ignored. */
  takeFrame(frame: SpokenFrame): void {
    const known = this.parts.get(frame.segment);
    if (known === undefined || known.part.complete) return;
    if (known.part.receivedMs === 0) this.events.firstByte(this.clock.now());
    known.part.receivedMs += (frame.pcm.length / frame.sampleRate) * 1000;
    known.part.complete = frame.last;
    if (frame.failed) this.events.segmentFailed(frame.error?.message ?? 'the voice failed');
    this.playout.push({ segment: frame.segment, pcm: frame.pcm, last: frame.last });
  }

  /** Silence now. Returns what was heard of the turn, or of the `say` when no turn was being spoken. */
  stop(): string {
    let playedMs = Math.max(0, this.utterances.reduce((sum, u) => sum + capturedMs(u), 0) - this.sink.queuedMs());
    this.voice.cancel();
    this.playout.clear();
    this.epoch += 1;
    this.parts.clear();
    const cut = this.utterances;
    this.utterances = [];
    this.sounding = false;
    let prefix = { kind: 'say', heard: '' };
    for (const utterance of cut) {
      const played = Math.min(playedMs, capturedMs(utterance));
      playedMs -= played;
      const heard = heardOf(utterance, played);
      if (prefix.kind === 'say') prefix = { kind: utterance.kind, heard: heard ?? textOf(utterance) };
      this.finish(utterance, heard);
    }
    this.wakeQuiet();
    return prefix.heard;
  }

  /** While held, nothing begins or goes on; what the room has queued still plays. */
  hold(held: boolean): void {
    this.playout.hold(held);
  }

  duck(ducked: boolean): void {
    this.playout.duck(ducked);
  }

  /** Resolves when nothing is left to say or to play. */
  whenQuiet(): Promise<void> {
    if (this.utterances.length === 0 && !this.sounding) return Promise.resolve();
    return new Promise((resolve) => this.quiet.push(resolve));
  }

  private openTurn(): Utterance | undefined {
    return this.utterances.find((utterance) => utterance.kind === 'turn' && !utterance.closed);
  }

  private begin(kind: 'turn' | 'say'): Utterance {
    const utterance = { kind, parts: [], closed: kind === 'say', startedAt: undefined, n: undefined };
    this.utterances.push(utterance);
    return utterance;
  }

  private segmentStarted(segment: number): void {
    const utterance = this.parts.get(segment)?.utterance;
    if (utterance === undefined) return;
    const at = this.clock.now();
    if (!this.sounding) {
      this.sounding = true;
      this.events.started();
    }
    if (utterance.startedAt !== undefined) return;
    utterance.startedAt = at;
    utterance.n = this.events.utteranceStarted({ kind: utterance.kind, text: textOf(utterance), at });
  }

  /** What went to the room still plays for as long as its queue is. */
  private segmentEnded(segment: number): void {
    const known = this.parts.get(segment);
    if (known === undefined) return;
    const epoch = this.epoch;
    this.clock.after(this.sink.queuedMs(), () => {
      if (epoch !== this.epoch) return;
      known.part.played = true;
      this.settle(known.utterance);
    });
  }

  private settle(utterance: Utterance): void {
    if (isOver(utterance)) {
      this.utterances = this.utterances.filter((other) => other !== utterance);
      for (const part of utterance.parts) this.parts.delete(part.segment);
      this.finish(utterance, null);
    }
    const waiting = [...this.parts.values()].some(({ part }) => !part.played);
    if (!waiting && this.sounding) {
      this.sounding = false;
      this.events.drained();
    }
    this.wakeQuiet();
  }

  /** What nobody heard a sample of did not happen. */
  private finish(utterance: Utterance, heard: string | null): void {
    const { n, startedAt, kind } = utterance;
    if (n === undefined || startedAt === undefined) return;
    this.events.utteranceEnded({ kind, n, text: textOf(utterance), heard, startedAt, endedAt: this.clock.now() });
  }

  private wakeQuiet(): void {
    if (this.utterances.length > 0 || this.sounding) return;
    for (const resolve of this.quiet.splice(0)) resolve();
  }
}
