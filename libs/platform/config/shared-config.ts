import { randomBytes } from 'node:crypto';
import { z } from 'zod';

/** Variables that every service reads. Each app extends this object with its own. */
export const sharedConfig = z.object({
  NODE_ENV: z.enum(['development', 'production', 'test']).default('development').describe('Mode of the process.'),
  CALLPLANE_NODE: z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/)
    .optional()
    .describe('Name of this process in subjects and call rows; default: a random one per start.'),
  HOST: z.string().default('127.0.0.1').describe('Address the HTTP server binds.'),
  PORT: z.coerce.number().int().min(0).max(65535).describe('Port of the HTTP server (health, and REST on api).'),
  DATABASE_URL: z.string().min(1).describe('Postgres connection URL.'),
  DATABASE_POOL: z.coerce
    .number()
    .int()
    .positive()
    .default(10)
    .describe('Most Postgres connections this process opens.'),
  NATS_URL: z.string().min(1).describe('NATS server URL, JetStream on.'),
  CALLPLANE_SECRET: z
    .string()
    .min(32)
    .describe(
      'At least 32 characters; seals trunk passwords and webhook secrets, signs one-call tokens. Same for all services.',
    ),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least level that is logged.'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.string().optional().describe('OTLP/HTTP collector; unset = no traces are exported.'),
});
export type SharedConfig = z.infer<typeof sharedConfig>;

/** The name of this process: stable for its life, unique among replicas, one NATS subject token. */
export function nodeId(app: string, configured: string | undefined): string {
  return configured ?? `${app}-${randomBytes(4).toString('hex')}`;
}
