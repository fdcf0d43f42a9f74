/**
 * The peer of POST /calls, a process of its own: Fastify, one INSERT, nothing else. Prints its port once it listens.
 * DATABASE_URL and DATABASE_POOL as the platform's services read them.
 */
import { randomUUID } from 'node:crypto';
import { fastify } from 'fastify';
import { Pool } from 'pg';

interface Body {
  agent_id: string;
  to_number: string;
  from_number: string;
  data: unknown;
}

const pool = new Pool({
  connectionString: process.env['DATABASE_URL'],
  max: Number(process.env['DATABASE_POOL'] ?? '10'),
});
const insert = {
  name: 'insert-call',
  text: 'INSERT INTO bench_call (id, agent_id, to_number, from_number, data) VALUES ($1, $2, $3, $4, $5)',
};
await pool.query(
  `CREATE TABLE IF NOT EXISTS bench_call (id text PRIMARY KEY, agent_id text NOT NULL, to_number text NOT NULL,
     from_number text NOT NULL, data jsonb NOT NULL, created_at timestamptz NOT NULL DEFAULT now())`,
);

const server = fastify({ logger: false });
server.post<{ Body: Body }>('/calls', async ({ body }, reply) => {
  const id = randomUUID();
  await pool.query({
    ...insert,
    values: [id, body.agent_id, body.to_number, body.from_number, JSON.stringify(body.data)],
  });
  return reply.code(201).send({ data: { call_id: id, ...body } });
});
const address = await server.listen({ host: '127.0.0.1', port: 0 });
// It goes when the bench goes, however that ends.
process.stdin.resume().once('end', () => process.exit(0));
process.stdout.write(`${new URL(address).port}\n`);
