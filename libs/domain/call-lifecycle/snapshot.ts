import type { Cause, DeadlineKind } from '../end-reason/cause.ts';
import type { Classification } from '../end-reason/classification.ts';
import { DEFAULT_THRESHOLDS, type Thresholds } from '../end-reason/thresholds.ts';
import type { CallState } from './states.ts';

/** Who called whom. */
export const DIRECTIONS = ['outbound', 'inbound'] as const;
/** See DIRECTIONS. */
export type Direction = (typeof DIRECTIONS)[number];

/** Times that rule one call, all in milliseconds. */
export interface CallSettings {
  readonly ringTimeoutMs: number;
  readonly maxDurationMs: number;
  /** Null switches silence detection off; `idleMs` then reaps a call in which nobody speaks. */
  readonly silenceMs: number | null;
  readonly idleMs: number;
  readonly agentWaitMs: number;
  readonly queueAgeMs: number;
  readonly thresholds: Thresholds;
}

/** The platform's defaults. */
export const DEFAULT_CALL_SETTINGS: CallSettings = {
  ringTimeoutMs: 45_000,
  maxDurationMs: 3_600_000,
  silenceMs: 30_000,
  idleMs: 120_000,
  agentWaitMs: 300_000,
  queueAgeMs: 86_400_000,
  thresholds: DEFAULT_THRESHOLDS,
};

/** A call on its way to its end: what may have caused it so far, and until when more causes are taken. */
export interface Ending {
  readonly causes: readonly Cause[];
  /** When the first cause reached us, epoch ms. */
  readonly firstAt: number;
  /** When the reason is decided, epoch ms. */
  readonly settleAt: number;
}

/**
 * Everything a decision about a call needs, as plain JSON: any replica loads it under the row's lock, calls
 * `decide`, and stores what comes back. Times are epoch milliseconds.
 */
export interface CallSnapshot {
  readonly id: string;
  readonly direction: Direction;
  readonly state: CallState;
  readonly settings: CallSettings;
  readonly createdAt: number;
  readonly claimedAt?: number;
  /** Since when the call waits for a runner: its first claim (outbound), its arrival (inbound). */
  readonly agentWaitSince?: number;
  readonly dialedAt?: number;
  readonly ringingAt?: number;
  /** True once the far end said it forwards the call. */
  readonly forwarded?: boolean;
  readonly answeredAt?: number;
  readonly bridgeReadyAt?: number;
  readonly runnerAttachedAt?: number;
  readonly runnerDetachedAt?: number;
  readonly activeAt?: number;
  readonly endedAt?: number;
  readonly callerTurns: number;
  readonly agentTurns: number;
  readonly lastCallerTurnAt?: number;
  readonly lastAgentTurnAt?: number;
  readonly everActive: boolean;
  /** True while an INVITE may be out or a dialog may be up. */
  readonly legUp: boolean;
  readonly hangupRequestedAt?: number;
  readonly ending?: Ending;
  /** The next deadline, if any: report `deadline-passed` with this kind at this time. */
  readonly deadlineAt?: number;
  readonly deadlineKind?: DeadlineKind;
  readonly end?: Classification;
}
