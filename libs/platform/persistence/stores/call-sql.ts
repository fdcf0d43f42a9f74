import type { NewCall } from './call-row.ts';

/** Statements of the gate and of the outbox, kept apart so that the two steps of the gate stay visible as two. */
export const CLAIM_SQL = {
  lockAccounts: `
    SELECT a.id, a.concurrency_cap FROM account a
    WHERE EXISTS (SELECT 1 FROM call c WHERE c.account_id = a.id AND c.state = 'queued' AND c.owner IS NULL AND c.run_at <= now())
    ORDER BY a.served_at LIMIT $1 FOR UPDATE OF a SKIP LOCKED`,
  countLive: `
    SELECT account_id, count(*)::int AS live FROM call
    WHERE account_id = ANY($1) AND direction = 'outbound' AND ended_at IS NULL AND (owner IS NOT NULL OR state <> 'queued')
    GROUP BY account_id`,
  lockReady: `
    SELECT c.*, h.org_handle, 0 AS turns, clock_timestamp() AS db_now
    FROM unnest($1::text[], $2::int[]) AS r(account_id, free)
    JOIN account h ON h.id = r.account_id
    CROSS JOIN LATERAL (
      SELECT * FROM call q
      WHERE q.account_id = r.account_id AND q.state = 'queued' AND q.owner IS NULL AND q.run_at <= now()
      ORDER BY q.run_at, q.id LIMIT r.free FOR UPDATE SKIP LOCKED
    ) c`,
  take: `
    UPDATE call SET owner = $4, lease_until = clock_timestamp() + $5 * interval '1 ms', fence = fence + 1,
      snapshot = given.snapshot::jsonb, deadline_at = given.deadline_at, waiting_for = NULL, modified_at = clock_timestamp()
    FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS given(id, snapshot, deadline_at)
    WHERE call.id = given.id RETURNING call.id, call.fence`,
  insertEvent: `
    WITH told AS (
      INSERT INTO call_event (id, account_id, call_id, sequence, type, body)
      VALUES ($1, $2, $3, $4, $5, $6) RETURNING id, account_id, type
    )
    INSERT INTO delivery (id, event_id, endpoint_id, account_id)
    SELECT 'dlv_' || md5(told.id || e.id), told.id, e.id, told.account_id
    FROM told JOIN webhook_endpoint e ON e.account_id = told.account_id
    WHERE e.disabled_at IS NULL AND (e.event_types = '{}' OR told.type = ANY(e.event_types))`,
} as const;

/** One statement that makes a call with everything that belongs to its creation; makes nothing when the idempotency key is taken. */
export function insertCallSql(
  call: NewCall,
  now: Date,
  eventId: string,
  eventBody: string,
): { sql: string; parameters: unknown[] } {
  const parameters: unknown[] = [
    call.id,
    call.accountId,
    JSON.stringify(call.snapshot),
    call.agentId,
    call.pipeId,
    call.toNumber,
    call.fromNumber,
    call.numberId,
    call.trunkId,
    call.instructions,
    JSON.stringify(call.data),
    now,
    call.snapshot.deadlineAt === undefined ? null : new Date(call.snapshot.deadlineAt),
    eventId,
    eventBody,
  ];
  const keyed = call.idempotency !== null;
  if (call.idempotency !== null) parameters.push(call.idempotency.key, call.idempotency.requestSha256);
  const key = `keyed AS (
      INSERT INTO idempotency_key (account_id, key, request_sha256, call_id) VALUES ($2, $16, $17, $1)
      ON CONFLICT DO NOTHING RETURNING call_id
    ),`;
  const sql = `WITH ${keyed ? key : ''} made AS (
      INSERT INTO call (id, account_id, direction, state, snapshot, agent_id, pipe_id, to_number, from_number, number_id,
        trunk_id, instructions, data, created_at, modified_at, run_at, deadline_at, sequence)
      SELECT $1, $2, 'outbound', 'queued', $3::jsonb, $4, $5, $6, $7, $8, $9, $10, $11::jsonb, $12, $12, $12, $13, 1
      ${keyed ? 'FROM keyed' : ''} RETURNING id, account_id
    ), moved AS (
      INSERT INTO call_transition (call_id, n, to_state, fact, fence, at)
      SELECT id, 1, 'queued', 'call-requested', 0, $12::timestamptz FROM made
    ), told AS (
      INSERT INTO call_event (id, account_id, call_id, sequence, type, body, created_at)
      SELECT $14, account_id, id, 1, 'call.created', $15, $12::timestamptz FROM made RETURNING id, account_id, type
    ), due AS (
      INSERT INTO delivery (id, event_id, endpoint_id, account_id)
      SELECT 'dlv_' || md5(told.id || e.id), told.id, e.id, told.account_id
      FROM told JOIN webhook_endpoint e ON e.account_id = told.account_id
      WHERE e.disabled_at IS NULL AND (e.event_types = '{}' OR told.type = ANY(e.event_types))
    )
    SELECT id FROM made`;
  return { sql, parameters };
}
