/** Milliseconds; absent where a turn has no such part. */
export interface TurnFigures {
  turn_id: number;
  /** Caller stopped speaking -> first sound of the agent. */
  ttfa_ms?: number;
  asr_ms?: number;
  llm_ttft_ms?: number;
  tts_ttfb_ms?: number;
  [name: string]: unknown;
}

/** What a session tells, by event. Handlers may be async. */
export interface SessionHooks {
  /** `run()` has begun. */
  call_start: [];
  /** The caller said something; your dialog answers next. */
  user_turn: [text: string, language: string | undefined];
  /** Words of the caller so far; they may still change. */
  user_partial: [text: string];
  /** Your dialog has answered: what it produced, spoken or not. */
  agent_turn: [text: string];
  /** What was really played of a reply. */
  agent_spoken: [text: string, turnId: number];
  /** The caller spoke over the agent; `heard` is what was played of the reply until then. */
  interruption: [heard: string];
  /** Nobody has spoken for so long. */
  silence: [silentMs: number];
  /** idle, listening, thinking, speaking, interrupted. The last one of a call carries `status` and `end_reason`. */
  state: [state: string, frame: Record<string, unknown>];
  metric: [frame: Record<string, unknown>];
  turn_complete: [figures: TurnFigures];
  /** A failure of the platform, or (`source: 'agent'`) of your dialog or one of your handlers. */
  error: [error: { code: string; message: string; severity: string; source: string; cause?: unknown }];
  /** The last one. `session.data` holds `end_reason` by now. */
  call_end: [how: 'hangup' | 'error'];
}

export type Handler<A extends unknown[]> = (...args: A) => void | Promise<void>;

/** Handlers by event; one that fails is reported and disturbs nobody. */
export class HookTable<H extends { [K in keyof H]: unknown[] }> {
  private readonly handlers = new Map<keyof H, Handler<never>[]>();
  private readonly onFailure: (event: keyof H, cause: unknown) => void;

  constructor(onFailure: (event: keyof H, cause: unknown) => void) {
    this.onFailure = onFailure;
  }

  on<K extends keyof H>(event: K, handler: Handler<H[K]>): void {
    this.handlers.set(event, [...(this.handlers.get(event) ?? []), handler]);
  }

  /** Resolves when every handler is done. Never rejects. */
  async emit<K extends keyof H>(event: K, ...args: H[K]): Promise<void> {
    for (const handler of this.handlers.get(event) ?? []) {
      try {
        await (handler as unknown as Handler<H[K]>)(...args);
      } catch (cause) {
        this.onFailure(event, cause);
      }
    }
  }
}
