import { z } from 'zod';
import { envelopeSchema } from './envelope.ts';

/** How a SIP leg ended, as its gateway saw it. A local timeout is never given a remote status. */
export const legEndSchema = z.object({
  by: z.enum(['remote', 'local', 'error']),
  phase: z.enum(['setup', 'talk']),
  how: z.enum(['response', 'bye', 'cancel', 'timeout', 'transport', 'media']),
  status: z.number().int().optional(),
  reason: z.string().optional(),
  q850: z.number().int().optional(),
  /** Reason, Retry-After, Warning and X-* headers only. */
  headers: z.record(z.string(), z.string()),
  /** The far end challenged us and we answered. */
  challenged: z.boolean(),
});

/** Payload of each fact that travels on `CALL_FACTS`. The dispatcher adds its own (claims, deadlines) without a message. */
export const FACT_PAYLOADS = {
  'leg-ringing': z.object({ sipCode: z.number().int(), forwarded: z.boolean().optional() }),
  'leg-answered': z.object({}),
  'leg-ended': z.object({ end: legEndSchema }),
  'bridge-lost': z.object({ detail: z.string() }),
  'runner-attached': z.object({ workerId: z.string() }),
  'runner-detached': z.object({ code: z.number().int(), willReturn: z.boolean() }),
  'runner-ended': z.object({ how: z.enum(['end_call', 'closed', 'error']), reason: z.string().optional() }),
  /** `turn`: how many turns the caller has had, this one included. */
  'caller-spoke': z.object({ turn: z.number().int().positive() }),
  'agent-spoke': z.object({ turn: z.number().int().positive() }),
  'speech-failed': z.object({ which: z.enum(['stt', 'tts']), detail: z.string() }),
  'audio-missing': z.object({}),
  'media-lost': z.object({ detail: z.string() }),
} as const;

export type FactMessageType = keyof typeof FACT_PAYLOADS;

const factTypes = Object.keys(FACT_PAYLOADS) as [FactMessageType, ...FactMessageType[]];

/** One fact on the wire. `sequence` is counted by the process that saw it, per call; `at` is epoch ms there. */
export const factEnvelopeSchema = envelopeSchema.extend({
  type: z.enum(factTypes),
  sequence: z.number().int().nonnegative(),
  at: z.number(),
});
export type FactEnvelope = Omit<z.infer<typeof factEnvelopeSchema>, 'data'> & { data: unknown };

export type FactPayload<T extends FactMessageType> = z.infer<(typeof FACT_PAYLOADS)[T]>;

/** Builds a fact's envelope. `id` must be the same when the same fact is told again. */
export function factMessage<T extends FactMessageType>(
  type: T,
  of: { id: string; callId: string; sequence: number; at: number; causedBy?: string },
  data: FactPayload<T>,
): FactEnvelope {
  return { ...of, type, version: 1, occurredAt: new Date(of.at).toISOString(), data };
}

export type ReadFact =
  | {
      ok: true;
      callId: string;
      fact: { id: string; type: FactMessageType; at: number; sequence: number } & Record<string, unknown>;
    }
  | { ok: false; why: string };

/** Reads a message off the stream into the flat shape the domain folds. Unknown fields are ignored. */
export function readFact(value: unknown): ReadFact {
  const envelope = factEnvelopeSchema.safeParse(value);
  if (!envelope.success) return { ok: false, why: `not a fact: ${envelope.error.issues[0]?.message ?? 'malformed'}` };
  const { id, type, at, sequence, callId, data } = envelope.data;
  const payload = FACT_PAYLOADS[type].safeParse(data);
  if (!payload.success) return { ok: false, why: `${type}: ${payload.error.issues[0]?.message ?? 'malformed'}` };
  return { ok: true, callId, fact: { ...payload.data, id, type, at, sequence } };
}
