import type { DataSource } from 'typeorm';

/** The journal of live SIP dialogs, so that a restarted gateway can end what it lost. */
export class LegJournalStore {
  private readonly db: DataSource;
  constructor(db: DataSource) {
    this.db = db;
  }

  async save(callId: string, node: string, dialog: Record<string, unknown>): Promise<void> {
    await this.db.query(
      `INSERT INTO leg_journal (call_id, node, dialog) VALUES ($1, $2, $3)
       ON CONFLICT (call_id) DO UPDATE SET node = $2, dialog = $3, updated_at = clock_timestamp()`,
      [callId, node, JSON.stringify(dialog)],
    );
  }

  async remove(callId: string): Promise<void> {
    await this.db.query('DELETE FROM leg_journal WHERE call_id = $1', [callId]);
  }

  /** Dialogs that a process of this name left behind. */
  async heldBy(node: string): Promise<{ callId: string; dialog: Record<string, unknown> }[]> {
    const rows = await this.db.query<{ call_id: string; dialog: Record<string, unknown> }[]>(
      'SELECT call_id, dialog FROM leg_journal WHERE node = $1',
      [node],
    );
    return rows.map((row) => ({ callId: row.call_id, dialog: row.dialog }));
  }
}
