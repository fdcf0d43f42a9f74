import type { CallRecord } from '@callplane/contracts';
import type { CallSnapshot } from '@callplane/domain';

/** A row of `call` with its account's handle, in camel case. */
export interface CallRow extends CallRecord {
  snapshot: CallSnapshot;
  runAt: Date;
  deadlineAt: Date | null;
  dialIntentAt: Date | null;
  hangupRequestedAt: Date | null;
  legNode: string | null;
  bridgeNode: string | null;
  workerId: string | null;
  jobId: string | null;
  owner: string | null;
  leaseUntil: Date | null;
  fence: number;
  sequence: number;
  tornDownAt: Date | null;
  /** Turns in the transcript so far. */
  turns: number;
}

/** Everything a CallRow is read from; append FROM, WHERE and locks. */
export const CALL_COLUMNS = `c.*, a.org_handle,
  (SELECT count(*)::int FROM transcript_segment t WHERE t.call_id = c.id) AS turns`;

const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Postgres names to ours; the values keep the types `pg` gives them. */
export function toCallRow(raw: Record<string, unknown>): CallRow {
  return Object.fromEntries(Object.entries(raw).map(([name, value]) => [camel(name), value])) as unknown as CallRow;
}

/** A call as `api` creates it; the snapshot says when and with which settings. */
export interface NewCall {
  id: string;
  accountId: string;
  orgHandle: string;
  agentId: string | null;
  pipeId: string | null;
  toNumber: string;
  fromNumber: string | null;
  numberId: string | null;
  trunkId: string | null;
  instructions: string | null;
  data: Record<string, unknown>;
  snapshot: CallSnapshot;
  idempotency: { key: string; requestSha256: Buffer } | null;
}
