/** The numbers that decide between reasons which share a code, all in milliseconds. */
export interface Thresholds {
  /** Causes this close together compete by precedence; a later one came too late to matter. */
  readonly settleMs: number;
  /** How long we wait for the confirmation of our own BYE or CANCEL. */
  readonly confirmMs: number;
  /** 480 after at least this much ringing is no longer "unreachable". */
  readonly briefRingMinMs: number;
  /** 480 after at least this much ringing is "did not pick up", below it a voicemail took the call. */
  readonly briefRingMaxMs: number;
  /** 486 after at least this much ringing was a person declining. */
  readonly declineRingMs: number;
  /** An answered call the far end ends within this time, the caller never having spoken, met a voicemail. */
  readonly voicemailWindowMs: number;
  /** How long a call waits for a runner whose connection broke. */
  readonly runnerReturnMs: number;
  /** How long an answered call waits for its bridge. */
  readonly connectMs: number;
}

/** The values of the design; a pipe may set its own. */
export const DEFAULT_THRESHOLDS: Thresholds = {
  settleMs: 300,
  confirmMs: 2_000,
  briefRingMinMs: 1_000,
  briefRingMaxMs: 20_000,
  declineRingMs: 1_000,
  voicemailWindowMs: 20_000,
  runnerReturnMs: 10_000,
  connectMs: 10_000,
};
