import type { DataSource } from 'typeorm';

export interface Segment {
  n: number;
  role: 'user' | 'assistant';
  text: string;
  /** The part of an agent's sentence that was really played; null = all of it. */
  heard: string | null;
  /** ms since the conversation started. */
  t0Ms: number;
  t1Ms: number;
  at: Date;
}

/** Transcript segments and turn metrics, written by the bridge as they happen. */
export class TranscriptStore {
  private readonly db: DataSource;
  constructor(db: DataSource) {
    this.db = db;
  }

  /** Writing the same segment again replaces it: a barge-in shortens what was heard. */
  async saveSegment(callId: string, segment: Segment): Promise<void> {
    await this.db.query(
      `INSERT INTO transcript_segment (call_id, n, role, text, heard, t0_ms, t1_ms, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
       ON CONFLICT (call_id, n) DO UPDATE SET text = $4, heard = $5, t1_ms = $7`,
      [callId, segment.n, segment.role, segment.text, segment.heard, segment.t0Ms, segment.t1Ms, segment.at],
    );
  }

  async saveTurnMetric(callId: string, turnId: number, figures: Record<string, number>): Promise<void> {
    await this.db.query(
      `INSERT INTO turn_metric (call_id, turn_id, figures) VALUES ($1, $2, $3) ON CONFLICT (call_id, turn_id) DO UPDATE SET figures = $3`,
      [callId, turnId, JSON.stringify(figures)],
    );
  }

  /** In the order they were spoken. */
  async segments(callId: string): Promise<Segment[]> {
    const rows = await this.db.query<
      { n: number; role: Segment['role']; text: string; heard: string | null; t0_ms: number; t1_ms: number; at: Date }[]
    >('SELECT n, role, text, heard, t0_ms, t1_ms, at FROM transcript_segment WHERE call_id = $1 ORDER BY n', [callId]);
    return rows.map(({ t0_ms, t1_ms, ...row }) => ({ ...row, t0Ms: t0_ms, t1Ms: t1_ms }));
  }

  /** In the order of the turns: the figures with their turn id. */
  async turnMetrics(callId: string): Promise<Record<string, number>[]> {
    const rows = await this.db.query<{ turn_id: number; figures: Record<string, number> }[]>(
      'SELECT turn_id, figures FROM turn_metric WHERE call_id = $1 ORDER BY turn_id',
      [callId],
    );
    return rows.map((row) => ({ turn_id: row.turn_id, ...row.figures }));
  }
}
