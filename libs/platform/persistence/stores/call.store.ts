import { renderCall, type WebhookBody, type WebhookEventType } from '@callplane/contracts';
import type { CallSnapshot, CallState, Classification } from '@callplane/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { newId } from '../new-id.ts';
import { queryPrepared } from '../query-prepared.ts';
import { CALL_COLUMNS, toCallRow, type CallRow, type NewCall } from './call-row.ts';
import { CLAIM_SQL, insertCallSql } from './call-sql.ts';

export type { CallRow, NewCall };

export type CreateOutcome =
  | { outcome: 'created'; call: CallRow }
  /** The key was used before with the same body: here is the call it made. */
  | { outcome: 'repeated'; callId: string }
  /** The key was used before with another body. */
  | { outcome: 'conflict' };

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

/** The `call` table: creation, the gate, and every state change. */
export class CallStore {
  private readonly db: DataSource;
  constructor(db: DataSource) {
    this.db = db;
  }

  /** One statement, one commit: call, first transition, `call.created` event and its deliveries, idempotency key. */
  async createCall(call: NewCall): Promise<CreateOutcome> {
    const now = new Date(call.snapshot.createdAt);
    const row = newRow(call, now);
    const body = eventBody('call.created', row, 1, now);
    const { sql, parameters } = insertCallSql(call, now, newId('evt'), body);
    const statement = call.idempotency === null ? 'create-call' : 'create-call-once';
    const made = await queryPrepared<{ id: string }>(this.db, statement, sql, parameters);
    if (made.length > 0 || call.idempotency === null) return { outcome: 'created', call: row };
    const [earlier] = await this.db.query<{ call_id: string; same: boolean }[]>(
      'SELECT call_id, request_sha256 = $3 AS same FROM idempotency_key WHERE account_id = $1 AND key = $2',
      [call.accountId, call.idempotency.key, call.idempotency.requestSha256],
    );
    return earlier?.same === true ? { outcome: 'repeated', callId: earlier.call_id } : { outcome: 'conflict' };
  }

  async readCall(accountId: string, callId: string): Promise<CallRow | undefined> {
    return this.one(`c.id = $1 AND c.account_id = $2`, [callId, accountId]);
  }

  /** Those of `callIds` that ended more than `olderThanMs` ago. */
  async endedAmong(callIds: string[], olderThanMs: number): Promise<CallRow[]> {
    if (callIds.length === 0) return [];
    const rows = await this.db.query<Record<string, unknown>[]>(
      `SELECT ${CALL_COLUMNS} FROM call c JOIN account a ON a.id = c.account_id
       WHERE c.id = ANY($1) AND c.ended_at < clock_timestamp() - $2 * interval '1 ms'`,
      [callIds, olderThanMs],
    );
    return rows.map(toCallRow);
  }

  /** Newest first. `states` empty = all; `before` is the id of the last call of the page before. */
  async listCalls(
    accountId: string,
    filter: { states: CallState[]; pipeId?: string; limit: number; before?: string },
  ): Promise<CallRow[]> {
    const rows = await this.db.query<Record<string, unknown>[]>(
      `SELECT ${CALL_COLUMNS} FROM call c JOIN account a ON a.id = c.account_id
       WHERE c.account_id = $1 AND (cardinality($2::text[]) = 0 OR c.state = ANY($2))
         AND ($3::text IS NULL OR c.pipe_id = $3) AND ($4::text IS NULL OR c.id < $4)
       ORDER BY c.id DESC LIMIT $5`,
      [accountId, filter.states, filter.pipeId ?? null, filter.before ?? null, filter.limit],
    );
    return rows.map(toCallRow);
  }

  /** The one column `api` may set. @returns the call, or undefined when the account has no such call. */
  async requestHangUp(accountId: string, callId: string): Promise<CallRow | undefined> {
    await this.db.query(
      `UPDATE call SET hangup_requested_at = coalesce(hangup_requested_at, clock_timestamp())
       WHERE id = $1 AND account_id = $2 AND ended_at IS NULL`,
      [callId, accountId],
    );
    return this.readCall(accountId, callId);
  }

  /**
   * The gate. Locks up to `accounts` accounts that have ready calls, then, in a second statement so that the count sees every
   * commit before the lock, counts their live calls and claims `min(cap - live, batch)` of each account's oldest ready calls.
   * `claim` turns a row into its claimed snapshot.
   */
  async claimReady(options: {
    owner: string;
    leaseMs: number;
    accounts: number;
    batch: number;
    claim: (row: CallRow, nowMs: number) => CallSnapshot;
  }): Promise<CallRow[]> {
    return this.db.transaction(async (tx) => {
      const accounts = await tx.query<{ id: string; concurrency_cap: number }[]>(CLAIM_SQL.lockAccounts, [
        options.accounts,
      ]);
      if (accounts.length === 0) return [];
      const ids = accounts.map((account) => account.id);
      const live = await tx.query<{ account_id: string; live: number }[]>(CLAIM_SQL.countLive, [ids]);
      await tx.query('UPDATE account SET served_at = clock_timestamp() WHERE id = ANY($1)', [ids]);
      const liveOf = new Map(live.map((row) => [row.account_id, row.live]));
      const free = accounts.map((a) =>
        Math.min(options.batch, Math.max(0, a.concurrency_cap - (liveOf.get(a.id) ?? 0))),
      );
      if (free.every((places) => places === 0)) return [];
      const rows = await tx.query<Record<string, unknown>[]>(CLAIM_SQL.lockReady, [ids, free]);
      if (rows.length === 0) return [];
      const nowMs = (rows[0]?.['db_now'] as Date).getTime();
      const calls = rows.map(toCallRow).map((row) => ({ ...row, snapshot: options.claim(row, nowMs) }));
      const fences = await tx.query<[{ id: string; fence: number }[], number]>(CLAIM_SQL.take, [
        calls.map((call) => call.id),
        calls.map((call) => JSON.stringify(call.snapshot)),
        calls.map((call) => deadlineOf(call.snapshot)),
        options.owner,
        options.leaseMs,
      ]);
      const fenceOf = new Map(fences[0].map((row) => [row.id, row.fence]));
      return calls.map((call) => ({ ...call, owner: options.owner, fence: fenceOf.get(call.id) ?? call.fence }));
    });
  }

  /**
   * Locks the call's row, lets `decide` look at it, and writes what it returns (null = nothing). The row, its transition, its
   * events and their deliveries are one commit. `nowMs` is the database's clock.
   * @returns the row as it is after the write, or undefined when there is no such call.
   */
  async changeCall(
    callId: string,
    decide: (row: CallRow, nowMs: number) => CallWrite | null,
  ): Promise<CallRow | undefined> {
    return this.db.transaction(async (tx) => {
      const [raw] = await tx.query<Record<string, unknown>[]>(
        `SELECT ${CALL_COLUMNS}, clock_timestamp() AS db_now FROM call c JOIN account a ON a.id = c.account_id
         WHERE c.id = $1 FOR UPDATE OF c`,
        [callId],
      );
      if (raw === undefined) return undefined;
      const now = raw['db_now'] as Date;
      const row = toCallRow(raw);
      const write = decide(row, now.getTime());
      if (write === null) return row;
      return writeCall(tx, row, write, now);
    });
  }

  /** Extends the leases of the calls this owner still holds. @returns their ids; a call missing here is lost. */
  async renewLeases(owner: string, leaseMs: number): Promise<string[]> {
    const [rows] = await this.db.query<[{ id: string }[], number]>(
      `UPDATE call SET lease_until = clock_timestamp() + $2 * interval '1 ms'
       WHERE owner = $1 AND ended_at IS NULL RETURNING id`,
      [owner, leaseMs],
    );
    return rows.map((row) => row.id);
  }

  /** Unfinished calls with something to do now: a passed deadline, a hang-up request, an expired lease, a teardown left. */
  async dueCalls(limit: number): Promise<CallRow[]> {
    const rows = await this.db.query<Record<string, unknown>[]>(
      `SELECT ${CALL_COLUMNS} FROM call c JOIN account a ON a.id = c.account_id
       WHERE (c.ended_at IS NULL OR c.torn_down_at IS NULL) AND (
         (c.ended_at IS NULL AND c.deadline_at <= clock_timestamp())
         OR (c.ended_at IS NULL AND c.hangup_requested_at IS NOT NULL AND NOT c.snapshot ? 'hangupRequestedAt')
         OR (c.ended_at IS NULL AND c.lease_until < clock_timestamp())
         OR (c.ended_at < clock_timestamp() - interval '5 seconds' AND c.torn_down_at IS NULL))
       ORDER BY c.created_at LIMIT $1`,
      [limit],
    );
    return rows.map(toCallRow);
  }

  /** Every call that a process of `app` should be holding now, for the reconciler. */
  async liveCalls(): Promise<CallRow[]> {
    const rows = await this.db.query<Record<string, unknown>[]>(
      `SELECT ${CALL_COLUMNS} FROM call c JOIN account a ON a.id = c.account_id
       WHERE c.ended_at IS NULL AND c.state <> 'queued'`,
    );
    return rows.map(toCallRow);
  }

  /** A call whatever its account; for the platform's own services, never for a request of a customer. */
  async callById(callId: string): Promise<CallRow | undefined> {
    return this.one('c.id = $1', [callId]);
  }

  /** When a hang-up of this unfinished call was asked for; undefined when it was not. */
  async hangUpRequestedAt(callId: string): Promise<Date | undefined> {
    const [row] = await this.db.query<{ at: Date }[]>(
      'SELECT hangup_requested_at AS at FROM call WHERE id = $1 AND ended_at IS NULL AND hangup_requested_at IS NOT NULL',
      [callId],
    );
    return row?.at;
  }

  /** Names the runner and its job on the row. False when the claim is lost or the call is over. */
  async nameRunner(callId: string, fence: number, workerId: string | null, jobId: string | null): Promise<boolean> {
    const [, changed] = await this.db.query<[unknown[], number]>(
      'UPDATE call SET worker_id = $3, job_id = $4 WHERE id = $1 AND fence = $2 AND ended_at IS NULL',
      [callId, fence, workerId, jobId],
    );
    return changed === 1;
  }

  /** Names the process that holds the leg or the bridge; also after the end, for the teardown. */
  async nameNode(callId: string, fence: number, column: 'leg_node' | 'bridge_node', node: string): Promise<void> {
    await this.db.query(`UPDATE call SET ${column} = $3 WHERE id = $1 AND fence = $2`, [callId, fence, node]);
  }

  /** Takes an unfinished call whose lease has run out. @returns the new fence, or undefined when somebody else was quicker. */
  async takeOver(callId: string, fence: number, owner: string, leaseMs: number): Promise<number | undefined> {
    const [rows] = await this.db.query<[{ fence: number }[], number]>(
      `UPDATE call SET owner = $3, fence = fence + 1, lease_until = clock_timestamp() + $4 * interval '1 ms'
       WHERE id = $1 AND fence = $2 AND ended_at IS NULL AND lease_until < clock_timestamp() RETURNING fence`,
      [callId, fence, owner, leaseMs],
    );
    return rows[0]?.fence;
  }

  /** Those of these calls that have been over for `ms` and more. */
  async overFor(callIds: readonly string[], ms: number): Promise<CallRow[]> {
    const rows = await this.db.query<Record<string, unknown>[]>(
      `SELECT ${CALL_COLUMNS} FROM call c JOIN account a ON a.id = c.account_id
       WHERE c.id = ANY($1) AND c.ended_at < clock_timestamp() - $2 * interval '1 ms'`,
      [callIds, ms],
    );
    return rows.map(toCallRow);
  }

  async markTornDown(callId: string): Promise<void> {
    await this.db.query('UPDATE call SET torn_down_at = clock_timestamp() WHERE id = $1 AND ended_at IS NOT NULL', [
      callId,
    ]);
  }

  /** Records one more public event of a call that is already over (`call.transcript_ready`). Does nothing the second time. */
  async addEvent(callId: string, type: WebhookEventType): Promise<void> {
    await this.db.transaction(async (tx) => {
      const [raw] = await tx.query<Record<string, unknown>[]>(
        `SELECT ${CALL_COLUMNS}, clock_timestamp() AS db_now,
           EXISTS (SELECT 1 FROM call_event e WHERE e.call_id = c.id AND e.type = $2) AS told
         FROM call c JOIN account a ON a.id = c.account_id WHERE c.id = $1 FOR UPDATE OF c`,
        [callId, type],
      );
      if (raw === undefined || raw['told'] === true) return;
      const row = toCallRow(raw);
      await insertEvents(tx, row, [type], raw['db_now'] as Date);
      await tx.query('UPDATE call SET sequence = sequence + 1 WHERE id = $1', [callId]);
    });
  }

  private async one(where: string, parameters: unknown[]): Promise<CallRow | undefined> {
    const [raw] = await this.db.query<Record<string, unknown>[]>(
      `SELECT ${CALL_COLUMNS} FROM call c JOIN account a ON a.id = c.account_id WHERE ${where}`,
      parameters,
    );
    return raw === undefined ? undefined : toCallRow(raw);
  }
}

const deadlineOf = (snapshot: CallSnapshot): Date | null =>
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

async function writeCall(tx: EntityManager, row: CallRow, write: CallWrite, now: Date): Promise<CallRow> {
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

async function insertEvents(tx: EntityManager, row: CallRow, types: WebhookEventType[], now: Date): Promise<void> {
  for (const [index, type] of types.entries()) {
    const sequence = row.sequence + index + 1;
    const body = eventBody(type, row, sequence, now);
    await tx.query(CLAIM_SQL.insertEvent, [newId('evt'), row.accountId, row.id, sequence, type, body]);
  }
}

function eventBody(type: WebhookEventType, row: CallRow, sequence: number, now: Date): string {
  const body: WebhookBody = { type, timestamp: now.toISOString(), sequence, data: renderCall(row, row.turns) };
  return JSON.stringify(body);
}

/** A new call as the table will hold it, without reading it back. */
function newRow(call: NewCall, now: Date): CallRow {
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
