import type { Frame } from '../runner/frames.ts';
import { replyOf, type CallControl, type Dialog, type TransferOptions } from './dialog.ts';
import { HookTable, type Handler, type SessionHooks, type TurnFigures } from './hooks.ts';

/** Frames kept while the connection is being made anew. */
const KEPT_FRAMES = 1000;

interface Turn {
  text: string;
  language: string | undefined;
}

/**
 * One call as your code sees it. Set `dialog`, `say` a greeting, then `await run()`, which answers the caller turn by turn until the
 * call ends.
 */
export class Session implements CallControl {
  /** Yours to use. The platform fills in `end_reason` and `status` when the call ends. */
  readonly data: Record<string, unknown> = {};
  /** Answers the caller; without one, turns are only told to your handlers. */
  dialog: Dialog | undefined;
  private readonly hooks: HookTable<SessionHooks>;
  private readonly turns: Turn[] = [];
  private readonly early: Frame[] = [];
  private readonly kept: Frame[] = [];
  private readonly over: Promise<void>;
  private finish: () => void = () => undefined;
  private transmit: ((frame: Frame) => void) | undefined;
  private turn: AbortController | undefined;
  private ending: string | undefined;
  private running = false;
  /** Handlers of `call_start` are done: frames are handled as they come. */
  private open = false;
  private answering: Promise<void> = Promise.resolve();
  private outcome: 'hangup' | 'error' | undefined;

  constructor() {
    this.hooks = new HookTable<SessionHooks>((event, cause) => {
      if (event !== 'error') this.fail('handler_failed', `a handler of "${event}" failed`, cause);
    });
    this.over = new Promise((resolve) => (this.finish = resolve));
  }

  /** Adds a handler; several of one event are called in order. */
  on<K extends keyof SessionHooks>(event: K, handler: Handler<SessionHooks[K]>): this {
    this.hooks.on(event, handler);
    return this;
  }

  /** True once the call is over; what is said then is dropped. */
  get ended(): boolean {
    return this.outcome !== undefined;
  }

  /** Speaks outside a turn. Before the other side has answered it is held, and dropped if nobody answers. */
  say(text: string): void {
    this.send({ event: 'agent.say', text });
  }

  /** Ends the call once everything said so far has been played; within a turn, once its reply is complete. */
  end(reason = 'completed'): void {
    if (this.ending !== undefined) return;
    this.ending = reason;
    if (this.turn === undefined) this.sendEnd(reason);
  }

  /** Hands the caller over. */
  transfer(target: string, { type, mode = 'cold', announcement = '' }: TransferOptions): void {
    this.send({ event: 'agent.transfer', transfer_type: type, target, mode, announcement });
  }

  /** Answers the caller until the call is over. @returns `error` when the platform reported a fatal failure. */
  async run(): Promise<'hangup' | 'error'> {
    if (this.running) throw new Error('run() was called before on this session');
    this.running = true;
    await this.hooks.emit('call_start');
    this.open = true;
    for (const frame of this.early.splice(0)) this.handle(frame);
    await this.over;
    await this.answering;
    const outcome = this.outcome ?? 'hangup';
    await this.hooks.emit('call_end', outcome);
    return outcome;
  }

  /** @internal The connection is there (again): frames go out through `transmit`. */
  attach(transmit: (frame: Frame) => void): void {
    this.transmit = transmit;
    for (const frame of this.kept.splice(0)) transmit(frame);
  }

  /** @internal The connection is lost for the moment. */
  detach(): void {
    this.transmit = undefined;
  }

  /** @internal A frame from the platform. */
  receive(frame: Frame): void {
    if (this.ended) return;
    this.noteEnd(frame);
    if (this.open) this.handle(frame);
    else this.early.push(frame);
  }

  /** @internal The call is over. */
  close(reason: string): void {
    if (/^[A-Z][A-Z0-9_]+$/.test(reason)) this.data['end_reason'] ??= reason;
    this.conclude('hangup');
  }

  private noteEnd(frame: Frame): void {
    if (frame['event'] !== 'state') return;
    for (const name of ['end_reason', 'status']) if (typeof frame[name] === 'string') this.data[name] = frame[name];
  }

  private handle(frame: Frame): void {
    const text = textOf(frame['text']);
    switch (frame['event']) {
      case 'user.text':
        return this.queueTurn(text, frame['extra']);
      case 'user.interrupted':
        return this.interrupt(textOf(frame['heard_prefix']));
      case 'user.partial':
        return this.tell('user_partial', text);
      case 'agent.spoken':
        return this.tell('agent_spoken', text, Number(frame['turn_id'] ?? 0));
      case 'user.silence':
        return this.tell('silence', Number(frame['silent_ms'] ?? 0));
      case 'state':
        return this.tell('state', String(frame['state']), frame);
      case 'metric':
        return this.tell('metric', frame);
      case 'turn.metrics': {
        const { event: _, call_id: __, ...figures } = frame;
        return this.tell('turn_complete', figures as TurnFigures);
      }
      case 'error':
        return this.platformError(frame);
    }
  }

  private tell<K extends keyof SessionHooks>(event: K, ...args: SessionHooks[K]): void {
    void this.hooks.emit(event, ...args);
  }

  private queueTurn(text: string, extra: unknown): void {
    const language = (extra as { language?: unknown } | undefined)?.language;
    this.turns.push({ text, language: typeof language === 'string' ? language : undefined });
    this.answering = this.answering.then(() => this.answerNext());
  }

  private async answerNext(): Promise<void> {
    const next = this.turns.shift();
    if (next === undefined || this.ended || this.ending !== undefined) return;
    await this.hooks.emit('user_turn', next.text, next.language);
    if (this.dialog === undefined || this.ended || this.ending !== undefined) return;
    const turn = new AbortController();
    this.turn = turn;
    const said = await this.speakReply(this.dialog, next, turn.signal);
    this.turn = undefined;
    this.send({ event: 'agent.text.end' });
    if (this.ending !== undefined) this.sendEnd(this.ending);
    if (said !== '') await this.hooks.emit('agent_turn', said);
  }

  /** @returns what the dialog produced until it was done, interrupted or failed. */
  private async speakReply(dialog: Dialog, { text, language }: Turn, signal: AbortSignal): Promise<string> {
    let said = '';
    try {
      const pieces = replyOf(dialog, text, { session: this, language, signal })[Symbol.asyncIterator]();
      for await (const piece of untilAborted(pieces, signal)) {
        said += piece;
        if (piece !== '') this.send({ event: 'agent.text.delta', text: piece });
      }
    } catch (cause) {
      if (!signal.aborted) this.fail('dialog_failed', 'the dialog failed while answering', cause);
    }
    return said;
  }

  private interrupt(heard: string): void {
    this.turn?.abort();
    this.tell('interruption', heard);
  }

  private platformError(frame: Frame): void {
    const { code, message, severity, source } = frame;
    const error = { code: String(code), message: String(message), severity: String(severity), source: String(source) };
    this.tell('error', error);
    if (severity === 'fatal') this.conclude('error');
  }

  private sendEnd(reason: string): void {
    this.send({ event: 'agent.end_call', reason });
  }

  private fail(code: string, message: string, cause: unknown): void {
    this.tell('error', { code, message, severity: 'error', source: 'agent', cause });
  }

  private conclude(outcome: 'hangup' | 'error'): void {
    this.outcome ??= outcome;
    this.turn?.abort();
    this.finish();
  }

  private send(frame: Frame): void {
    if (this.ended) return;
    if (this.transmit !== undefined) this.transmit(frame);
    else if (this.kept.length < KEPT_FRAMES) this.kept.push(frame);
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Passes pieces on until `signal` says stop, even while the next one is still awaited; the generator's `finally` then runs. */
async function* untilAborted(pieces: AsyncIterator<string>, signal: AbortSignal): AsyncGenerator<string> {
  const aborted = new Promise<'aborted'>((resolve) => {
    if (signal.aborted) resolve('aborted');
    else signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
  for (;;) {
    const next = pieces.next();
    const first = await Promise.race([next, aborted]);
    if (first === 'aborted') {
      next.catch(() => undefined);
      void pieces.return?.().catch(() => undefined);
      return;
    }
    if (first.done === true) return;
    yield first.value;
  }
}
