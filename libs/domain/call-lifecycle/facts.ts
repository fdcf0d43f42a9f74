import type { CausePayloads, FactBase } from '../end-reason/cause.ts';

/** Facts of a living call; the ones that can end it are CausePayloads. */
export interface LivePayloads {
  'call-claimed': unknown;
  'claim-released': { readonly detail?: string };
  /** The dial intent is committed; the INVITE may leave from now on. */
  'dial-started': unknown;
  /** A 180..183. `forwarded`: the far end said the call went on to somewhere else (181, History-Info). */
  'leg-ringing': { readonly sipCode: number; readonly forwarded?: boolean };
  'leg-answered': unknown;
  'bridge-ready': unknown;
  'runner-attached': unknown;
  /** The runner's socket broke. `willReturn`: its process still lives and is expected to dial in again. */
  'runner-detached': { readonly code: number; readonly willReturn: boolean };
  /** `turn`: how many turns the caller has had, this one included. A recorded greeting is not a turn. */
  'caller-spoke': { readonly turn: number };
  /** `turn`: how many turns the agent has had, this one included. */
  'agent-spoke': { readonly turn: number };
}

/** What each type of fact carries beside id, at and sequence. */
export type FactPayloads = LivePayloads & CausePayloads;

/** Every type of fact, in the order of a call's life. */
export const FACT_TYPES = [
  'call-claimed',
  'claim-released',
  'runner-attached',
  'dial-started',
  'dial-failed',
  'inbound-refused',
  'leg-ringing',
  'bridge-ready',
  'leg-answered',
  'caller-spoke',
  'agent-spoke',
  'runner-detached',
  'runner-ended',
  'runner-lost',
  'agent-unavailable',
  'bridge-lost',
  'speech-failed',
  'audio-missing',
  'media-lost',
  'worker-lost',
  'voicemail-detected',
  'transfer-ended',
  'hangup-requested',
  'deadline-passed',
  'leg-ended',
] as const satisfies readonly (keyof FactPayloads)[];

/** See FACT_TYPES. */
export type FactType = keyof FactPayloads;

/** Something that happened to a call, reported once but perhaps delivered twice, and in any order. */
export type Fact = { [T in FactType]: FactBase & { readonly type: T } & FactPayloads[T] }[FactType];

/** A fact of one type. */
export type FactOf<T extends FactType> = Extract<Fact, { type: T }>;
