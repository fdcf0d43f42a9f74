import type { DataSource } from 'typeorm';

/** A delivery that is this sender's to try now. */
export interface DueDelivery {
  id: string;
  eventId: string;
  callId: string;
  type: string;
  body: string;
  endpointId: string;
  url: string;
  secretSealed: string;
  /** Counts this try: 1 for the first. */
  attempt: number;
  firstDueAt: Date;
}

/** What came of a try, and what follows. */
export interface AttemptResult {
  /** HTTP status, null without an answer. */
  status: number | null;
  error: string | null;
  durationMs: number;
  next: { state: 'delivered' } | { state: 'dead' } | { state: 'pending'; inMs: number };
  /** Set when the endpoint itself said it is gone. */
  disable?: string;
}

export interface UnpublishedEvent {
  id: string;
  type: string;
  callId: string;
  body: string;
}

/** Deliveries and the outbox of events. */
export class DeliveryStore {
  private readonly db: DataSource;
  constructor(db: DataSource) {
    this.db = db;
  }

  /**
   * Takes due deliveries, at most `perEndpoint` of each endpoint, and moves them `holdMs` ahead: if this sender dies they are
   * due again then. Endpoints in `except` are passed over. Repeats are possible, losses are not.
   */
  async claimDue(
    limit: number,
    perEndpoint: number,
    holdMs: number,
    except: readonly string[],
  ): Promise<DueDelivery[]> {
    const [rows] = await this.db.query<[Record<string, unknown>[], number]>(
      `UPDATE delivery d SET next_at = clock_timestamp() + $3 * interval '1 ms', attempts = d.attempts + 1
       FROM (
         SELECT q.id FROM webhook_endpoint w
         CROSS JOIN LATERAL (
           SELECT id FROM delivery WHERE endpoint_id = w.id AND state = 'pending' AND next_at <= clock_timestamp()
           ORDER BY next_at LIMIT $2 FOR UPDATE SKIP LOCKED
         ) q WHERE w.disabled_at IS NULL AND NOT w.id = ANY($4) LIMIT $1
       ) due, call_event e, webhook_endpoint w
       WHERE d.id = due.id AND e.id = d.event_id AND w.id = d.endpoint_id
       RETURNING d.id, d.event_id AS "eventId", e.call_id AS "callId", e.type, e.body, d.endpoint_id AS "endpointId", w.url,
         w.secret_sealed AS "secretSealed", d.attempts AS attempt, d.created_at AS "firstDueAt"`,
      [limit, perEndpoint, holdMs, except],
    );
    return rows as unknown as DueDelivery[];
  }

  /** Records the try and what follows from it, in one commit. */
  async recordAttempt(delivery: DueDelivery, result: AttemptResult): Promise<void> {
    const { next } = result;
    await this.db.transaction(async (tx) => {
      await tx.query(
        `INSERT INTO delivery_attempt (delivery_id, n, status, error, duration_ms) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
        [delivery.id, delivery.attempt, result.status, result.error, result.durationMs],
      );
      await tx.query(
        `UPDATE delivery SET state = $2, next_at = clock_timestamp() + $3 * interval '1 ms' WHERE id = $1 AND state = 'pending'`,
        [delivery.id, next.state, next.state === 'pending' ? next.inMs : 0],
      );
      if (result.disable === undefined) return;
      await tx.query(
        `UPDATE webhook_endpoint SET disabled_at = clock_timestamp(), disabled_why = $2 WHERE id = $1 AND disabled_at IS NULL`,
        [delivery.endpointId, result.disable],
      );
    });
  }

  /** Events that are not on the event stream yet, oldest first. Taken by state, never by a cursor: commits do not come in id order. */
  async unpublished(limit: number): Promise<UnpublishedEvent[]> {
    return this.db.query<UnpublishedEvent[]>(
      `SELECT id, type, call_id AS "callId", body FROM call_event WHERE published_at IS NULL ORDER BY created_at, sequence LIMIT $1`,
      [limit],
    );
  }

  async markPublished(ids: readonly string[]): Promise<void> {
    await this.db.query('UPDATE call_event SET published_at = clock_timestamp() WHERE id = ANY($1)', [ids]);
  }
}
