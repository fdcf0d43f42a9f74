import type { AgentVerb, BridgeEvent, FactMessageType, HearEvent, LiveTurn } from '@callplane/contracts';
import type { Clock } from './clock.ts';
import { Conversation } from './conversation.ts';
import { TranscriptRecorder, type Segment } from './record-transcript.ts';

/** A clock that stands still until `advance`; timers run in the order of their times. */
export class FakeClock implements Clock {
  private time = 1_700_000_000_000;
  private timers: { at: number; run: () => void }[] = [];

  now(): number {
    return this.time;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.time + ms, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /** Lets promises settle between timers. */
  async advance(ms: number): Promise<void> {
    const until = this.time + ms;
    await settle();
    for (;;) {
      const next = this.timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.timers = this.timers.filter((other) => other !== next);
      this.time = Math.max(this.time, next.at);
      next.run();
      await settle();
    }
    this.time = until;
    await settle();
  }
}

export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
}

/** A track with a 100 ms queue that plays at the pace of the fake clock. */
export class FakeRoom {
  readonly frames: Int16Array[] = [];
  private readonly clock: FakeClock;
  private emptyAt = 0;
  cleared = 0;

  constructor(clock: FakeClock) {
    this.clock = clock;
  }

  captureFrame(pcm: Int16Array): Promise<boolean> {
    this.frames.push(pcm);
    this.emptyAt = Math.max(this.emptyAt, this.clock.now()) + pcm.length / 8;
    const full = this.queuedMs() - 100;
    if (full <= 0) return Promise.resolve(true);
    return new Promise((resolve) => this.clock.after(full, () => resolve(true)));
  }

  clearQueue(): void {
    this.cleared += 1;
    this.emptyAt = this.clock.now();
  }

  queuedMs(): number {
    return Math.max(0, this.emptyAt - this.clock.now());
  }
}

/** A conversation on fake ports: words in, frames and sound out. The voice takes `MS_PER_WORD` a word. */
export class Stage {
  static readonly MS_PER_WORD = 200;
  readonly clock = new FakeClock();
  readonly room = new FakeRoom(this.clock);
  readonly sent: BridgeEvent[] = [];
  readonly facts: string[] = [];
  readonly spoken: { segment: number; text: string }[] = [];
  readonly segments = new Map<number, Segment>();
  readonly figures: { turnId: number; figures: Record<string, number> }[] = [];
  readonly live: LiveTurn[] = [];
  readonly logs: string[] = [];
  readonly endCalls: string[] = [];
  cancelled = 0;
  /** When false, the voice keeps silent until `say` is called. */
  voiceAnswers = true;
  readonly conversation: Conversation;
  private audioMs = 0;

  constructor(greeting: string | null = null) {
    const sink = {
      saveSegment: (_callId: string, segment: Segment) => {
        this.segments.set(segment.n, segment);
        return Promise.resolve();
      },
      saveTurnMetric: (_callId: string, turnId: number, figures: Record<string, number>) => {
        this.figures.push({ turnId, figures });
        return Promise.resolve();
      },
    };
    this.conversation = new Conversation({
      callId: 'cal_1',
      language: 'en',
      greeting,
      clock: this.clock,
      voice: {
        speak: (segment, text) => {
          this.spoken.push({ segment, text });
          if (this.voiceAnswers) this.voice(segment, text);
        },
        cancel: () => {
          this.cancelled += 1;
        },
      },
      sink: this.room,
      sampleRate: 8000,
      report: (type: FactMessageType, data: object) => this.facts.push(`${type} ${JSON.stringify(data)}`),
      transcript: new TranscriptRecorder('cal_1', sink, this.clock, (error) => this.logs.push(String(error))),
      send: (event) => this.sent.push(event),
      publishTurn: (turn) => this.live.push(turn),
      onEndCall: (reason) => this.endCalls.push(reason),
      log: (_fields, message) => this.logs.push(message),
    });
  }

  /** The voice gives all of a segment, 10 ms later, in two frames. */
  voice(segment: number, text: string): void {
    const samples = text.split(/\s+/).length * Stage.MS_PER_WORD * 8;
    const frame = { sequence: 0, sampleRate: 8000, segment, failed: false, alive: false };
    this.clock.after(10, () => {
      const half = samples / 2;
      this.conversation.takeVoice({ ...frame, last: false, offsetMs: 0, pcm: new Int16Array(half).fill(1000) });
      const pcm = new Int16Array(samples - half).fill(1000);
      this.conversation.takeVoice({ ...frame, last: true, offsetMs: half / 8, pcm });
    });
  }

  async start(): Promise<void> {
    this.conversation.start();
    await settle();
  }

  async verbs(...verbs: AgentVerb[]): Promise<void> {
    for (const verb of verbs) this.conversation.takeVerb(verb);
    await settle();
  }

  hear(event: HearEvent): void {
    this.conversation.hear(event, this.audioMs);
  }

  /** The caller speaks for 500 ms; the final comes 300 ms after the last word. */
  async caller(text: string): Promise<void> {
    const startMs = this.audioMs;
    this.audioMs += 60;
    await this.clock.advance(60);
    this.hear({ t: 'speech-start', atMs: startMs });
    this.audioMs += 740;
    await this.clock.advance(740);
    this.hear({ t: 'speech-end', atMs: startMs + 500 });
    this.hear({ t: 'final', text, startMs, endMs: startMs + 500, sttMs: 5 });
    await settle();
  }

  get states(): string[] {
    return this.sent.flatMap((event) => (event.event === 'state' ? [event.state] : []));
  }

  events<E extends BridgeEvent['event']>(name: E): Extract<BridgeEvent, { event: E }>[] {
    return this.sent.filter((event): event is Extract<BridgeEvent, { event: E }> => event.event === name);
  }

  get transcript(): string[] {
    return [...this.segments.values()]
      .sort((a, b) => a.n - b.n)
      .map(({ role, text, heard }) => `${role}: ${text}${heard === null ? '' : ` [${heard}]`}`);
  }
}

export const delta = (text: string): AgentVerb => ({ event: 'agent.text.delta', text });
export const textEnd: AgentVerb = { event: 'agent.text.end' };
export const say = (text: string): AgentVerb => ({ event: 'agent.say', text });
export const endCall = (reason = 'completed'): AgentVerb => ({ event: 'agent.end_call', reason });
