import type { Header } from '../message/sip-message.ts';
import { headerValues } from '../message/sip-message.ts';

/** Who set the ending in motion: the far end, this side, or something that failed in between. */
export type LegEndBy = 'remote' | 'local' | 'error';

/** `setup` until the final answer of the INVITE, `talk` afterwards. */
export type LegEndPhase = 'setup' | 'talk';

/** `response`: a final SIP answer of the far end. `timeout`: nobody answered in time. `transport`: the bytes could not be sent. */
export type LegEndHow = 'response' | 'bye' | 'cancel' | 'timeout' | 'transport' | 'media';

/**
 * How a SIP leg ended. A remote status is never invented: `status` and `reason` are present only
 * when they stood on the wire (the far end's final response), never for our own timers or sockets.
 */
export interface LegEnd {
  readonly by: LegEndBy;
  readonly phase: LegEndPhase;
  readonly how: LegEndHow;
  /**
   * The far end's final response: the refusal, or what it answered to an INVITE we cancelled (487, or 200 when the two crossed).
   * On an inbound call that we refused it is the status we sent (then `by` is `local`).
   */
  readonly status?: number;
  /** Reason phrase that came with `status`, or the local problem in words when `by` is `error`. */
  readonly reason?: string;
  /** Q.850 cause of a `Reason` header in the response or the BYE. */
  readonly q850?: number;
  /** Reason, Retry-After, Warning and X-* headers of the message that ended the leg, names as received. */
  readonly headers: Readonly<Record<string, string>>;
  /** True when a digest challenge was answered with credentials on this leg (a later 403 is then about them). */
  readonly challenged: boolean;
  /** For our own BYE or CANCEL: whether the far end confirmed it in the time allowed. Always true otherwise. */
  readonly confirmed: boolean;
}

const KEPT = new Set(['reason', 'retry-after', 'warning']);

/** Headers worth keeping as evidence: Reason, Retry-After, Warning and every X-*. Repeated ones are joined with a comma. */
export function evidenceHeaders(headers: readonly Header[]): Record<string, string> {
  const kept = new Map<string, string>();
  for (const { name, value } of headers) {
    const lower = name.toLowerCase();
    if (!KEPT.has(lower) && !lower.startsWith('x-')) continue;
    const before = kept.get(name);
    kept.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(kept);
}

/** The Q.850 cause of a `Reason: Q.850;cause=16;text="..."` header, if there is one in range. */
export function q850Of(headers: readonly Header[]): number | undefined {
  for (const value of headerValues(headers, 'reason')) {
    for (const entry of value.split(',')) {
      const [protocol = '', ...params] = entry.split(';');
      if (protocol.trim().toLowerCase() !== 'q.850') continue;
      const cause = params.map((p) => p.trim().toLowerCase()).find((p) => p.startsWith('cause='));
      const code = cause === undefined ? NaN : Number(cause.slice('cause='.length));
      if (Number.isInteger(code) && code >= 0 && code <= 127) return code;
    }
  }
  return undefined;
}

/** Builds a LegEnd with its evidence taken from the headers of the message that ended the leg. */
export function legEnd(
  cause: Pick<LegEnd, 'by' | 'phase' | 'how'> & { status?: number; reason?: string; confirmed?: boolean },
  headers: readonly Header[],
  challenged: boolean,
): LegEnd {
  const q850 = q850Of(headers);
  return {
    by: cause.by,
    phase: cause.phase,
    how: cause.how,
    ...(cause.status === undefined ? {} : { status: cause.status }),
    ...(cause.reason === undefined ? {} : { reason: cause.reason }),
    ...(q850 === undefined ? {} : { q850 }),
    headers: evidenceHeaders(headers),
    challenged,
    confirmed: cause.confirmed ?? true,
  };
}
