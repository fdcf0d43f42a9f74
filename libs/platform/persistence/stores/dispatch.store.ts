import type { WebhookEventType } from '@callplane/contracts';
import type { CallSnapshot } from '@callplane/domain';
import { CALL_COLUMNS, toCallRow, type CallRow } from './call-row.ts';
import { CallStore } from './call.store.ts';
import { CLAIM_SQL } from './call-sql.ts';
import { deadlineOf, insertEvents, writeCall, type CallWrite } from './call-write.ts';

/** The `call` table as its one writer, the dispatcher, uses it: the gate, every state change, leases and sweeps. */
export class DispatchStore extends CallStore {
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
}
