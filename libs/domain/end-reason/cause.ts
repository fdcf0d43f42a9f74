/** Who ended the leg, as the gateway saw it. `error`: nobody did, the leg broke (no answer, transport, media). */
export const LEG_ENDERS = ['remote', 'local', 'error'] as const;
/** By what the leg ended: a final response to the INVITE, BYE, CANCEL, a SIP timer, the transport, or its RTP. */
export const LEG_END_HOWS = ['response', 'bye', 'cancel', 'timeout', 'transport', 'media'] as const;

/**
 * How a leg ended, as it was on the wire. A status is present only when it was really received (`by: remote`) or
 * really sent (`by: local`): a timeout never pretends to be a 408.
 */
export interface LegEnd {
  readonly by: (typeof LEG_ENDERS)[number];
  /** `setup` until the 200 OK, `talk` after it. */
  readonly phase: 'setup' | 'talk';
  readonly how: (typeof LEG_END_HOWS)[number];
  /** Raw SIP status, 300..699. */
  readonly status?: number;
  /** The reason phrase of that status, or the text of the error. */
  readonly reason?: string;
  /** Q.850 cause of the Reason header, 1..127. */
  readonly q850?: number;
  /** Headers of the ending message that may explain it (Reason, Warning, X-*). Names in any case. */
  readonly headers: Readonly<Record<string, string>>;
  /** True when the far end asked for credentials (401, 407) and we answered. */
  readonly challenged: boolean;
}

/** Every timer of a call. `settle` closes the window in which causes are collected and is never itself a cause. */
export const DEADLINE_KINDS = [
  'queue_age',
  'agent_wait',
  'ring',
  'connect',
  'max_duration',
  'silence',
  'idle',
  'runner_return',
  'settle',
] as const;
/** See DEADLINE_KINDS. */
export type DeadlineKind = (typeof DEADLINE_KINDS)[number];

/** Why no INVITE was sent. */
export const DIAL_FAILURES = ['trunk', 'configuration', 'not_permitted', 'account', 'platform'] as const;
/** See DIAL_FAILURES. */
export type DialFailure = (typeof DIAL_FAILURES)[number];

/** Why an inbound call for a known number was refused. */
export const INBOUND_REFUSALS = ['no_runner', 'over_capacity', 'configuration', 'account', 'not_permitted'] as const;
/** See INBOUND_REFUSALS. */
export type InboundRefusal = (typeof INBOUND_REFUSALS)[number];

/** What came of handing the caller to somebody else. */
export const TRANSFER_OUTCOMES = ['transferred', 'failed', 'user_hung_up', 'human_took_over'] as const;
/** See TRANSFER_OUTCOMES. */
export type TransferOutcome = (typeof TRANSFER_OUTCOMES)[number];

/** A detector's finding, stored with the call as it came. */
export type DetectorEvidence = Readonly<Record<string, string | number | boolean>>;

/** What each kind of terminal fact carries. A terminal fact and a cause are the same thing, under the same name. */
export interface CausePayloads {
  'leg-ended': { readonly end: LegEnd };
  'hangup-requested': unknown;
  /** `end_call`: the agent asked for it. `closed`: its socket closed with 1000. `error`: its entrypoint raised. */
  'runner-ended': { readonly how: 'end_call' | 'closed' | 'error'; readonly reason?: string };
  /** We gave up waiting for the runner. */
  'runner-lost': { readonly detail: string };
  /** No runner took the call, or none dialled in. */
  'agent-unavailable': { readonly detail: string };
  'bridge-lost': { readonly detail: string };
  'deadline-passed': { readonly deadline: DeadlineKind };
  /** Before any SIP was sent. */
  'dial-failed': { readonly why: DialFailure; readonly detail: string };
  'speech-failed': { readonly which: 'stt' | 'tts'; readonly detail: string };
  /** No RTP arrived since the answer. */
  'audio-missing': unknown;
  'media-lost': { readonly detail: string };
  'worker-lost': { readonly service: string };
  /** A machine, not a person. `detected` defaults to voicemail; `leftMessage` when the agent spoke one after the tone. */
  'voicemail-detected': {
    readonly detected?: 'voicemail' | 'ivr' | 'screening';
    readonly leftMessage?: boolean;
    readonly evidence: DetectorEvidence;
  };
  /** `status`: what we answered the INVITE with. */
  'inbound-refused': { readonly why: InboundRefusal; readonly status: number; readonly detail: string };
  'transfer-ended': { readonly outcome: TransferOutcome; readonly detail: string };
}

/** What every fact carries. `id` is unique per fact: the same id twice is the same fact twice. */
export interface FactBase {
  readonly id: string;
  /** When it happened, epoch milliseconds, by the clock of the process that saw it. */
  readonly at: number;
  /** Position in its leg's own order of facts, from 1; 0 for facts that belong to no leg. */
  readonly sequence: number;
}

/** The names of the facts that can end a call. */
export type CauseType = keyof CausePayloads;

/** Something that can end a call, with everything known about it. */
export type Cause = { [T in CauseType]: FactBase & { readonly type: T } & CausePayloads[T] }[CauseType];

/** A cause of one type. */
export type CauseOf<T extends CauseType> = Extract<Cause, { type: T }>;
