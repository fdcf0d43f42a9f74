import { renderCall, type WebhookBody, type WebhookEventType } from '@callplane/contracts';
import type { CallSnapshot, CallState, Classification } from '@callplane/domain';
import type { EntityManager } from 'typeorm';
import { newId } from '../new-id.ts';
import { toCallRow, type CallRow, type NewCall } from './call-row.ts';
import { CLAIM_SQL } from './call-sql.ts';

/** What a decision changes; the store writes row, transition, events and deliveries in one transaction. */
export interface CallWrite {
  snapshot: CallSnapshot;
  state: CallState;
  fact: string;
  /** Set when the state changed. */
  transition: { from: CallState; to: CallState } | null;
  events: WebhookEventType[];
  /** Other columns to set, by their SQL names. */
  columns?: Record<string, unknown>;
}

/** When the snapshot's next deadline is. */
export const deadlineOf = (snapshot: CallSnapshot): Date | null =>
  snapshot.deadlineAt === undefined ? null : new Date(snapshot.deadlineAt);
const at = (ms: number | undefined): Date | null => (ms === undefined ? null : new Date(ms));

/** The columns that follow from a snapshot. */
function projection(snapshot: CallSnapshot): Record<string, unknown> {
  return {
    deadline_at: deadlineOf(snapshot),
    dialed_at: at(snapshot.dialedAt),
    ringing_at: at(snapshot.ringingAt),
    active_at: at(snapshot.activeAt),
    ended_at: at(snapshot.endedAt),
    ...(snapshot.end === undefined ? {} : endColumns(snapshot.end)),
  };
}

function endColumns(end: Classification): Record<string, unknown> {
  return {
    end_reason: end.reason,
    ended_by: end.endedBy,
    phase: end.phase,
    sip_code: end.sipCode ?? null,
    sip_reason: end.sipReason ?? null,
    q850: end.q850 ?? null,
    detail: end.detail ?? null,
    waiting_for: null,
  };
}

/** Writes a decision: row, transition, events and their deliveries, within the caller's transaction. */
export async function writeCall(tx: EntityManager, row: CallRow, write: CallWrite, now: Date): Promise<CallRow> {
  const columns: Record<string, unknown> = {
    state: write.state,
    snapshot: JSON.stringify(write.snapshot),
    sequence: row.sequence + write.events.length,
    modified_at: now,
    ...projection(write.snapshot),
    ...write.columns,
  };
  const names = Object.keys(columns);
  const assignments = names.map((name, i) => `${name} = $${i + 2}`).join(', ');
  const [changed] = await tx.query<[Record<string, unknown>[], number]>(
    `UPDATE call SET ${assignments} WHERE id = $1 RETURNING *`,
    [row.id, ...names.map((name) => columns[name])],
  );
  const after = { ...toCallRow(changed[0] ?? {}), orgHandle: row.orgHandle, turns: row.turns };
  if (write.transition !== null) await insertTransition(tx, after, write);
  await insertEvents(tx, { ...after, sequence: row.sequence }, write.events, now);
  return after;
}

async function insertTransition(tx: EntityManager, row: CallRow, write: CallWrite): Promise<void> {
  await tx.query(
    `INSERT INTO call_transition (call_id, n, from_state, to_state, fact, owner, fence)
     SELECT $1, coalesce(max(n), 0) + 1, $2, $3, $4, $5, $6 FROM call_transition WHERE call_id = $1`,
    [row.id, write.transition?.from, write.transition?.to, write.fact, row.owner, row.fence],
  );
}

/** Records events after the row's last one, with a delivery for every endpoint that wants them. */
export async function insertEvents(
  tx: EntityManager,
  row: CallRow,
  types: WebhookEventType[],
  now: Date,
): Promise<void> {
  for (const [index, type] of types.entries()) {
    const sequence = row.sequence + index + 1;
    const body = eventBody(type, row, sequence, now);
    await tx.query(CLAIM_SQL.insertEvent, [newId('evt'), row.accountId, row.id, sequence, type, body]);
  }
}

/** The stored body of an event, sent byte-equal at every try. */
export function eventBody(type: WebhookEventType, row: CallRow, sequence: number, now: Date): string {
  const body: WebhookBody = { type, timestamp: now.toISOString(), sequence, data: renderCall(row, row.turns) };
  return JSON.stringify(body);
}

/** A new call as the table will hold it, without reading it back. */
export function newRow(call: NewCall, now: Date): CallRow {
  const { idempotency: _, ...given } = call;
  return {
    ...given,
    direction: 'outbound',
    state: 'queued',
    roomName: null,
    endReason: null,
    endedBy: null,
    phase: null,
    sipCode: null,
    sipReason: null,
    q850: null,
    detail: null,
    waitingFor: null,
    initialCallId: null,
    createdAt: now,
    dialedAt: null,
    ringingAt: null,
    activeAt: null,
    endedAt: null,
    modifiedAt: now,
    runAt: now,
    deadlineAt: deadlineOf(call.snapshot),
    dialIntentAt: null,
    hangupRequestedAt: null,
    legNode: null,
    bridgeNode: null,
    workerId: null,
    jobId: null,
    owner: null,
    leaseUntil: null,
    fence: 0,
    sequence: 1,
    tornDownAt: null,
    turns: 0,
  };
}
