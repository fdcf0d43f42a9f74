import type { Effect, Fact } from '@callplane/domain';
import type { CallRow } from '@callplane/persistence';

/** Columns to write together with a fact, by their SQL names. */
export type Columns = Record<string, unknown>;

export interface FoldOptions {
  columns?: Columns;
  /** Writes only while this claim still holds: an owner that lost its lease changes nothing. */
  fence?: number;
}

export type FoldResult =
  | { verdict: 'applied'; row: CallRow }
  /** Nothing changed: the fact was late, illegal, the fence was old, or there is no such call. */
  | { verdict: 'late' | 'illegal' | 'lost' | 'unknown' };

/** Folds one fact into one call: lock, decide, write, then carry out the effects. */
export interface FactFolder {
  fold(callId: string, fact: Fact, options?: FoldOptions): Promise<FoldResult>;
}

/** Carries out what a decision asks for. Each effect is safe to do twice. */
export interface EffectRunner {
  run(row: CallRow, effects: readonly Effect[]): void;
}

/** Finds a runner for a call and hands it the job. */
export interface RunnerAssigner {
  /**
   * Tries up to three runners. On success the row names the runner and the job.
   * `resumed` tells the runner that it takes over a conversation.
   */
  assign(row: CallRow, resumed: boolean): Promise<{ ok: true } | { ok: false; detail: string }>;
}

/** Opens the bridge and places the leg of a call whose dial intent is committed. */
export interface CallDialer {
  openBridge(row: CallRow): Promise<void>;
  placeLeg(row: CallRow): Promise<void>;
  startConversation(callId: string): Promise<void>;
}

/** Ends what is left of a call outside the database. */
export interface CallEnder {
  hangUpLeg(callId: string, reason: string): Promise<void>;
  /** Leg, bridge, room, in this order, each verified; then the transcript event. */
  tearDown(row: CallRow): Promise<void>;
  /** Tells one process to let go of a call that is over. */
  releaseLeg(row: CallRow, node: string): Promise<void>;
  releaseBridge(row: CallRow, node: string): Promise<void>;
}
