import type { CallState } from '@callplane/domain';
import type { DataSource } from 'typeorm';
import { newId } from '../new-id.ts';
import { queryPrepared } from '../query-prepared.ts';
import { CALL_COLUMNS, toCallRow, type CallRow, type NewCall } from './call-row.ts';
import { insertCallSql } from './call-sql.ts';
import { eventBody, newRow } from './call-write.ts';

export type { CallRow, NewCall };

export type CreateOutcome =
  | { outcome: 'created'; call: CallRow }
  /** The key was used before with the same body: here is the call it made. */
  | { outcome: 'repeated'; callId: string }
  /** The key was used before with another body. */
  | { outcome: 'conflict' };

/** The `call` table as `api` and the services read it: creation, lookups, the request to hang up. */
export class CallStore {
  protected readonly db: DataSource;
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
  async endedAmong(callIds: readonly string[], olderThanMs: number): Promise<CallRow[]> {
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

  private async one(where: string, parameters: unknown[]): Promise<CallRow | undefined> {
    const [raw] = await this.db.query<Record<string, unknown>[]>(
      `SELECT ${CALL_COLUMNS} FROM call c JOIN account a ON a.id = c.account_id WHERE ${where}`,
      parameters,
    );
    return raw === undefined ? undefined : toCallRow(raw);
  }
}
