import type { SegmentRecord } from '@callplane/contracts';
import type { DataSource } from 'typeorm';
import { CALL_COLUMNS, toCallRow, type CallRow } from './call-row.ts';

interface Page {
  limit: number;
  /** Id of the last call of the page before. */
  before?: string | undefined;
}

/** Conversations of an account: calls that were dialled, with what was said. */
export class SessionStore {
  private readonly db: DataSource;
  constructor(db: DataSource) {
    this.db = db;
  }

  /** Newest first. */
  async list(accountId: string, page: Page): Promise<CallRow[]> {
    const rows = await this.db.query<Record<string, unknown>[]>(
      `SELECT ${CALL_COLUMNS} FROM call c JOIN account a ON a.id = c.account_id
       WHERE c.account_id = $1 AND c.dialed_at IS NOT NULL AND ($2::text IS NULL OR c.id < $2)
       ORDER BY c.id DESC LIMIT $3`,
      [accountId, page.before ?? null, page.limit],
    );
    return rows.map(toCallRow);
  }

  /** The transcripts of these calls by call id, each in the order it was spoken. */
  async transcripts(callIds: readonly string[]): Promise<Map<string, SegmentRecord[]>> {
    const rows = await this.db.query<(SegmentRecord & { call_id: string })[]>(
      'SELECT call_id, role, text, heard, at FROM transcript_segment WHERE call_id = ANY($1) ORDER BY call_id, n',
      [callIds],
    );
    return Map.groupBy(rows, (row) => row.call_id);
  }
}
