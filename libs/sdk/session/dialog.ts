/** What a dialog may do with its call. */
export interface CallControl {
  readonly data: Record<string, unknown>;
  say(text: string): void;
  end(reason?: string): void;
  transfer(target: string, options: TransferOptions): void;
}

export interface TransferOptions {
  /** A number to dial, a queue of people, or another agent's id. */
  type: 'number' | 'human' | 'agent';
  /** `warm` speaks to the target first. */
  mode?: 'cold' | 'warm';
  announcement?: string;
}

/** What a dialog knows about the turn it answers. */
export interface TurnContext {
  session: CallControl;
  /** BCP 47, as the recogniser reports it. */
  language: string | undefined;
  /** Aborted when the caller interrupts or the call ends: give it to your LLM request. */
  signal: AbortSignal;
}

/**
 * Your agent's brain. `stream` yields the reply piece by piece, and speech starts with the first clause; `turn` gives it whole.
 * When the caller interrupts, the generator is left where it stands and its `finally` runs.
 */
export type Dialog =
  | { stream(text: string, turn: TurnContext): AsyncIterable<string> | Iterable<string> }
  | { turn(text: string, turn: TurnContext): Promise<string> };

/** Every kind as a stream. */
export async function* replyOf(dialog: Dialog, text: string, turn: TurnContext): AsyncGenerator<string> {
  if ('stream' in dialog) yield* dialog.stream(text, turn);
  else yield await dialog.turn(text, turn);
}
