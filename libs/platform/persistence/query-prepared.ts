import type { DataSource } from 'typeorm';

interface Pool {
  query(statement: { name: string; text: string; values: unknown[] }): Promise<{ rows: unknown[] }>;
}

/**
 * Runs one statement outside a transaction as a named prepared statement: each connection parses and plans it once. For the few
 * statements that every request runs; `name` must stand for exactly this text.
 */
export async function queryPrepared<Row>(
  db: DataSource,
  name: string,
  text: string,
  values: unknown[],
): Promise<Row[]> {
  const pool = (db.driver as unknown as { master: Pool }).master;
  const { rows } = await pool.query({ name, text, values });
  return rows as Row[];
}
