import type { DataSource } from 'typeorm';

export interface RunnerRegistration {
  accountId: string;
  workerId: string;
  agentId: string;
  pool: string;
  capacity: number;
  gateway: string;
  placement: Record<string, unknown>;
}

export interface RunnerPick {
  workerId: string;
  gateway: string;
}

/** A runner that has been silent for longer is draining or gone: it gets no new call. One and a half heartbeat intervals. */
const SILENT_MS = 15_000;
/** A runner silent for this long is forgotten. */
const FORGET_MS = 30_000;

/** The `runner` table: who is connected, where, and with how much room. */
export class RunnerStore {
  private readonly db: DataSource;
  constructor(db: DataSource) {
    this.db = db;
  }

  /** A runner that registers again replaces its entry. */
  async register(runner: RunnerRegistration): Promise<void> {
    await this.db.query(
      `INSERT INTO runner (account_id, worker_id, agent_id, pool, capacity, gateway, placement)
       VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (account_id, worker_id) DO UPDATE SET agent_id = $3, pool = $4, capacity = $5, gateway = $6, placement = $7,
         heartbeat_at = clock_timestamp(), connected_at = clock_timestamp()`,
      [
        runner.accountId,
        runner.workerId,
        runner.agentId,
        runner.pool,
        runner.capacity,
        runner.gateway,
        JSON.stringify(runner.placement),
      ],
    );
  }

  /** @returns false when the entry is gone or points to another gateway: a runner that still talks to us must register anew. */
  async heartbeat(accountId: string, workerId: string, gateway: string, active: number): Promise<boolean> {
    const [, count] = await this.db.query<[unknown[], number]>(
      `UPDATE runner SET heartbeat_at = clock_timestamp(), active = $4
       WHERE account_id = $1 AND worker_id = $2 AND gateway = $3`,
      [accountId, workerId, gateway, active],
    );
    return count > 0;
  }

  /** Removes the entry if it still points to this gateway: a runner that moved on keeps its new one. */
  async remove(accountId: string, workerId: string, gateway: string): Promise<void> {
    await this.db.query('DELETE FROM runner WHERE account_id = $1 AND worker_id = $2 AND gateway = $3', [
      accountId,
      workerId,
      gateway,
    ]);
  }

  /** Forgets runners whose gateway died with them. @returns how many. */
  async forgetSilent(): Promise<number> {
    const [, count] = await this.db.query<[unknown[], number]>(
      `DELETE FROM runner WHERE heartbeat_at < clock_timestamp() - $1 * interval '1 ms'`,
      [FORGET_MS],
    );
    return count;
  }

  /** The least loaded live runner of the agent with room for one more call, by the calls that are assigned to it. */
  async pick(accountId: string, agentId: string, except: readonly string[]): Promise<RunnerPick | undefined> {
    const [row] = await this.db.query<{ worker_id: string; gateway: string }[]>(
      `SELECT r.worker_id, r.gateway FROM runner r
       LEFT JOIN LATERAL (
         SELECT count(*)::int AS jobs FROM call c
         WHERE c.account_id = r.account_id AND c.ended_at IS NULL AND c.worker_id = r.worker_id
           AND (c.owner IS NOT NULL OR c.state <> 'queued')
       ) held ON true
       WHERE r.account_id = $1 AND r.agent_id = $2 AND r.pool = $2 AND NOT r.worker_id = ANY($3)
         AND r.heartbeat_at > clock_timestamp() - $4 * interval '1 ms' AND held.jobs < r.capacity
       ORDER BY held.jobs::float / r.capacity, r.connected_at LIMIT 1`,
      [accountId, agentId, except, SILENT_MS],
    );
    return row === undefined ? undefined : { workerId: row.worker_id, gateway: row.gateway };
  }
}
