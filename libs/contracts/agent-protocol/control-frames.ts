import { z } from 'zod';

/** Frames of the runner control socket `GET /v1/internal/workers`, as the Unpod Python SDK 0.5.0 speaks them. */

export const registerFrameSchema = z.object({
  type: z.literal('register'),
  /** `<agent_id>#<8 hex>`, constant for the runner's process. */
  worker_id: z.string().min(1),
  /** The agent id, or `<agent_id>@dev` for a runner that takes no ordinary calls. */
  pool: z.string().min(1),
  capabilities: z.object({
    agent_id: z.string().min(1),
    max_concurrent: z.number().int().positive().default(1),
    transport: z.string().optional(),
    kind: z.string().optional(),
    voice_profiles: z.array(z.string()).default([]),
    hostname: z.string().nullish(),
    address: z.string().nullish(),
    region: z.string().nullish(),
    deployment: z.string().nullish(),
  }),
});
export type RegisterFrame = z.infer<typeof registerFrameSchema>;

export const heartbeatFrameSchema = z.object({
  type: z.literal('heartbeat'),
  /** Calls past the handshake; dialing ones are not counted by the SDK. */
  active_jobs: z.number().int().nonnegative(),
  worker_id: z.string().nullish(),
});

export const jobAckFrameSchema = z.object({
  type: z.literal('job.ack'),
  job_id: z.string(),
  assign_id: z.string(),
  accepted: z.boolean(),
  reason: z.string().nullish(),
});

/** What a runner may send on the control socket. */
export const runnerControlFrameSchema = z.discriminatedUnion('type', [
  registerFrameSchema,
  heartbeatFrameSchema,
  jobAckFrameSchema,
]);
export type RunnerControlFrame = z.infer<typeof runnerControlFrameSchema>;

/** What the platform sends on the control socket. An unknown type drops the link, so this list is all there is. */
export type PlatformControlFrame =
  | { type: 'registered'; heartbeat_interval_s: number; transport_ack: 'dial_out' }
  | {
      type: 'job.assign';
      job_id: string;
      call_id: string;
      agent_id: string;
      bridge_url: string;
      call_token: string;
      assign_id: string;
      deadline_ms: number;
      metadata: Record<string, unknown>;
    }
  | { type: 'job.cancel'; job_id: string };

/** Close codes of both sockets. 4001 stops a runner for good: only for credentials that will never work. */
export const CLOSE_CODES = {
  ended: 1000,
  goingAway: 1001,
  badFrame: 1003,
  tooBig: 1009,
  restarting: 1012,
  unauthorized: 4001,
  unknownCall: 4003,
  alreadyConnected: 4009,
} as const;
