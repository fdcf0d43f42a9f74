import type { AgentState, AgentVerb, BridgeEvent, HearEvent, LiveTurn, SpokenFrame } from '@callplane/contracts';
import { FIRST_TURN, parseSay, reduceTurn, type Turn, type TurnAction, type TurnEvent } from '@callplane/domain';
import { AgentSpeech, type Spoken, type Voice } from './agent-speech.ts';
import { within, type Clock } from './clock.ts';
import type { AudioSink } from './playout.ts';
import type { TranscriptRecorder } from './record-transcript.ts';
import type { ReportFact } from './report-facts.ts';
import { TurnStopwatch } from './turn-figures.ts';

export interface ConversationDeps {
  readonly callId: string;
  readonly language: string;
  /** Said at the start when the runner has said nothing. */
  readonly greeting: string | null;
  readonly clock: Clock;
  readonly voice: Voice;
  readonly sink: AudioSink;
  /** Of the agent's audio, samples a second. */
  readonly sampleRate: number;
  readonly report: ReportFact;
  readonly transcript: TranscriptRecorder;
  readonly send: (event: BridgeEvent) => void;
  readonly publishTurn: (turn: LiveTurn) => void;
  /** `agent.end_call`, once the good-bye has been played. */
  readonly onEndCall: (reason: string) => void;
  readonly log: (fields: Record<string, unknown>, message: string) => void;
}

/** The good-bye before `agent.end_call` may take so long, ms. */
const GOODBYE_MS = 15_000;

/** One call's turns: the caller's words to the runner, the runner's words to the caller. Time and ports are arguments. */
export class Conversation {
  private readonly deps: ConversationDeps;
  private readonly speech: AgentSpeech;
  private readonly stopwatch = new TurnStopwatch();
  /** The platform listens from the start; nobody has spoken. */
  private turn: Turn = { ...FIRST_TURN, state: 'listening' };
  private startedAt: number | undefined;
  private held: AgentVerb[] = [];
  private callerSpeaking = false;
  private callerStoppedAt = 0;
  private agentTurns = 0;
  private lastHeard = '';
  private over = false;
  private runnerDone: (() => void) | undefined;
  private callerDone: (() => void) | undefined;

  constructor(deps: ConversationDeps) {
    this.deps = deps;
    this.speech = new AgentSpeech(deps.voice, deps.sink, deps.sampleRate, deps.clock, {
      utteranceStarted: (utterance) => this.utteranceStarted(utterance),
      utteranceEnded: (spoken) => this.utteranceEnded(spoken),
      started: () => {
        this.stopwatch.mark('firstAudioAt', this.deps.clock.now());
        this.dispatch({ type: 'playout-started' });
      },
      drained: () => {
        this.dispatch({ type: 'playout-drained' });
        if (!this.turn.streaming && !this.turn.awaiting) this.finishTurn();
      },
      firstByte: (at) => this.stopwatch.mark('firstByteAt', at),
      segmentFailed: (detail) => deps.log({ detail }, 'speech.segment_failed'),
    });
  }

  get started(): boolean {
    return this.startedAt !== undefined;
  }

  /** Both sides are there: what was held is said, or else the greeting. */
  start(): void {
    if (this.started || this.over) return;
    this.startedAt = this.deps.clock.now();
    this.reportState('listening');
    const held = this.held.splice(0);
    const spoke = held.some((verb) => 'text' in verb && parseSayOf(verb) === 'speech');
    if (!spoke && this.deps.greeting !== null) this.dispatch({ type: 'say', text: this.deps.greeting });
    for (const verb of held) this.carryOutVerb(verb);
  }

  /** A frame of the runner. Before the start its words are held. */
  takeVerb(verb: AgentVerb): void {
    if (this.over) {
      if (verb.event === 'agent.text.end') this.runnerDone?.();
      return;
    }
    // Nobody will hear a good-bye before the answer, and nobody need wait for it.
    if (!this.started && verb.event !== 'agent.end_call') this.held.push(verb);
    else this.carryOutVerb(verb);
  }

  /** The runner's socket is gone: what it streamed is all there will be. */
  runnerGone(): void {
    if (this.over) this.runnerDone?.();
    else if (!this.started) this.held.push({ event: 'agent.text.end' });
    else if (this.turn.streaming || this.turn.awaiting || this.turn.discarding)
      this.carryOutVerb({ event: 'agent.text.end' });
  }

  takeVoice(frame: SpokenFrame): void {
    this.speech.takeFrame(frame);
  }

  /** What the recogniser reports. `sentMs`: how much audio it was given by now. */
  hear(event: HearEvent, sentMs: number): void {
    if (!this.started) return;
    switch (event.t) {
      case 'speech-start':
        return this.callerStarted();
      case 'partial':
        return this.deps.send({ event: 'user.partial', text: event.text });
      case 'final':
        return this.callerSaid(event.text, event.startMs, event.endMs, sentMs);
      case 'warning':
        return this.deps.log({ code: event.code, detail: event.message }, 'speech.warning');
      case 'speech-end':
      case 'usage':
      case 'error':
      case 'alive':
      case 'closed':
        return;
    }
  }

  /** The recogniser was lost in the middle of an utterance: no final will come. */
  hearingLost(): void {
    this.callerSpeaking = false;
    this.callerDone?.();
    this.speech.hold(false);
  }

  whenQuiet(): Promise<void> {
    return this.speech.whenQuiet();
  }

  /**
   * The call is over: the agent falls silent, words under way are saved, a turn under way is closed with the runner. Bounded:
   * `finalMs` for the caller's last words, `textEndMs` for the runner's `agent.text.end`.
   */
  async finish(limits: { finalMs: number; textEndMs: number; runnerAttached: boolean }): Promise<{ turnId: number }> {
    const { clock } = this.deps;
    const midTurn = this.turn.streaming || this.turn.awaiting || this.turn.discarding;
    const toldAlready = this.turn.discarding;
    this.over = true;
    this.held = [];
    this.lastHeard = this.speech.stop();
    const waits: Promise<unknown>[] = [];
    if (midTurn && limits.runnerAttached) {
      const { turnId } = this.turn;
      if (!toldAlready) this.deps.send({ event: 'user.interrupted', turn_id: turnId, heard_prefix: this.lastHeard });
      waits.push(within(clock, limits.textEndMs, new Promise<void>((resolve) => (this.runnerDone = resolve))));
    }
    if (this.callerSpeaking)
      waits.push(within(clock, limits.finalMs, new Promise<void>((resolve) => (this.callerDone = resolve))));
    await Promise.all(waits);
    this.finishTurn();
    return { turnId: this.turn.turnId };
  }

  private carryOutVerb(verb: AgentVerb): void {
    switch (verb.event) {
      case 'agent.text.delta':
        if (verb.text.trim() !== '') this.stopwatch.mark('firstTextAt', this.deps.clock.now());
        return this.dispatch({ type: 'delta', text: verb.text });
      case 'agent.text.end':
        this.dispatch({ type: 'text-end' });
        this.speech.endTurn();
        if (!this.turn.queued && !this.turn.awaiting) this.finishTurn();
        return;
      case 'agent.say':
        return this.say(verb.text);
      case 'agent.end_call':
        void this.endCall(verb.reason);
        return;
      case 'agent.transfer':
        return this.deps.log({ transfer_type: verb.transfer_type }, 'transfer.unsupported');
    }
  }

  /** The SDK sends some of its controls as text; they are obeyed, never spoken. */
  private say(text: string): void {
    const asked = parseSay(text);
    if (asked.kind !== 'speech') return this.deps.log({ control: asked.kind }, 'agent.control');
    this.stopwatch.mark('firstTextAt', this.deps.clock.now());
    this.dispatch({ type: 'say', text: asked.text });
  }

  private async endCall(reason: string): Promise<void> {
    if (this.started) {
      if (this.turn.streaming) this.carryOutVerb({ event: 'agent.text.end' });
      await within(this.deps.clock, GOODBYE_MS, this.speech.whenQuiet());
    }
    if (!this.over) this.deps.onEndCall(reason);
  }

  private callerStarted(): void {
    this.callerSpeaking = true;
    if (this.over) return;
    this.dispatch({ type: 'speech-start' });
    if (this.speech.audible) this.dispatch({ type: 'barge-in' });
    // A reply that is not to be heard yet waits: the caller may have more to say, or it was only noise.
    else this.speech.hold(true);
  }

  private callerSaid(text: string, startMs: number, endMs: number, sentMs: number): void {
    const { clock, report } = this.deps;
    const now = clock.now();
    this.callerSpeaking = false;
    const words = text.trim();
    if (words !== '') {
      // Audio is sent as it is spoken: what the recogniser got since the end is the time that has passed.
      const endedAt = now - Math.max(0, sentMs - endMs);
      this.record('user', words, null, endedAt - (endMs - startMs), endedAt);
      if (!this.over) {
        this.finishTurn();
        this.callerStoppedAt = endedAt;
        report('caller-spoke', { turn: this.turn.turnId + 1 });
      }
    }
    if (!this.over) this.dispatch({ type: 'final', text: words });
    this.speech.hold(false);
    this.callerDone?.();
  }

  private dispatch(event: TurnEvent): void {
    const { turn, actions } = reduceTurn(this.turn, event);
    this.turn = turn;
    for (const action of actions) this.carryOut(action, event.type === 'say' ? 'say' : 'turn');
  }

  private carryOut(action: TurnAction, kind: 'turn' | 'say'): void {
    switch (action.type) {
      case 'report-state':
        return this.reportState(action.state);
      case 'send-user-text':
        this.stopwatch.begin(action.turnId, this.callerStoppedAt, this.deps.clock.now());
        return this.deps.send({
          event: 'user.text',
          text: action.text,
          is_final: true,
          extra: { language: this.deps.language },
        });
      case 'send-interrupted':
        this.deps.send({ event: 'user.interrupted', turn_id: action.turnId, heard_prefix: this.lastHeard });
        this.lastHeard = '';
        this.finishTurn();
        return;
      case 'speak':
        this.stopwatch.mark('spokenAt', this.deps.clock.now());
        return this.speech.speak(kind, action.clauses);
      case 'duck-playout':
        return this.speech.duck(true);
      case 'restore-playout':
        return this.speech.duck(false);
      case 'stop-playout':
        this.lastHeard = this.speech.stop();
        return;
    }
  }

  private reportState(state: AgentState): void {
    this.deps.send({ event: 'state', state, turn_id: this.turn.turnId, call_id: this.deps.callId });
  }

  private utteranceStarted(utterance: { kind: 'turn' | 'say'; text: string; at: number }): number {
    this.agentTurns += 1;
    this.deps.report('agent-spoke', { turn: this.agentTurns });
    const n = this.deps.transcript.nextNumber();
    this.save(n, 'assistant', utterance.text, null, utterance.at, utterance.at);
    return n;
  }

  private utteranceEnded({ n, text, heard, startedAt, endedAt }: Spoken): void {
    const { send, clock, callId, publishTurn } = this.deps;
    this.save(n, 'assistant', text, heard, startedAt, endedAt);
    send({ event: 'agent.spoken', turn_id: this.turn.turnId, text: heard ?? text });
    publishTurn({ t: 'words', callId, role: 'assistant', text, heard, at: Math.round(clock.now()) });
  }

  private record(role: 'user', text: string, heard: string | null, from: number, to: number): void {
    const { transcript, publishTurn, callId, clock } = this.deps;
    this.save(transcript.nextNumber(), role, text, heard, from, to);
    publishTurn({ t: 'words', callId, role, text, heard, at: Math.round(clock.now()) });
  }

  private save(
    n: number,
    role: 'user' | 'assistant',
    text: string,
    heard: string | null,
    from: number,
    to: number,
  ): void {
    const since = (at: number): number => Math.max(0, Math.round(at - (this.startedAt ?? at)));
    this.deps.transcript.save({ n, role, text, heard, t0Ms: since(from), t1Ms: since(to), at: new Date(from) });
  }

  /** Tells how long the parts of the turn took, once. */
  private finishTurn(): void {
    const done = this.stopwatch.finish();
    if (done === undefined) return;
    const { callId, clock, transcript, send, publishTurn } = this.deps;
    const figures = { ...done.figures } as Record<string, number>;
    send({ event: 'turn.metrics', call_id: callId, turn_id: done.turnId, ...done.figures });
    transcript.saveFigures(done.turnId, figures);
    publishTurn({ t: 'metrics', callId, turnId: done.turnId, figures, at: Math.round(clock.now()) });
  }
}

function parseSayOf(verb: AgentVerb): 'speech' | 'other' {
  if (verb.event === 'agent.text.delta') return verb.text.trim() === '' ? 'other' : 'speech';
  return verb.event === 'agent.say' && parseSay(verb.text).kind === 'speech' ? 'speech' : 'other';
}
