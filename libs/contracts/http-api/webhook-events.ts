/** The public events of a call, in the order they happen; each carries the call as REST shows it. */
export const WEBHOOK_EVENTS = [
  'call.created',
  'call.ringing',
  'call.active',
  'call.ended',
  'call.transcript_ready',
] as const;
export type WebhookEventType = (typeof WEBHOOK_EVENTS)[number];

/** The body of a webhook: stored once, sent byte-equal at every try. `timestamp` is when it happened, ISO 8601. */
export interface WebhookBody {
  type: WebhookEventType;
  timestamp: string;
  /** Counts the call's events from 1 without a gap, so a receiver can order late ones. */
  sequence: number;
  data: Record<string, unknown>;
}
