import { z } from 'zod';

/** An api process offers a runner's fresh bridge socket to the bridge. `connectionId` names the socket in everything that follows. */
export const attachRequestSchema = z.object({
  connectionId: z.string(),
  gateway: z.string(),
  jobId: z.string(),
  workerId: z.string(),
  supportedEvents: z.array(z.string()),
  supportedVerbs: z.array(z.string()),
});
export type AttachRequest = z.infer<typeof attachRequestSchema>;

/** `ok: false` carries the WebSocket close code for the runner: 4003 unknown or ended call, 4009 already connected. */
export const attachReplySchema = z.union([
  z.object({
    ok: z.literal(true),
    roomId: z.string(),
    /** The `call.started` frame as the runner gets it. */
    started: z.record(z.string(), z.unknown()),
  }),
  z.object({
    ok: z.literal(false),
    code: z.number().int(),
    reason: z.string(),
    /** With 4009: the connection the bridge believes in. If its socket is dead, api reports it closed and asks again. */
    holder: z.string().optional(),
  }),
]);
export type AttachReply = z.infer<typeof attachReplySchema>;

/** Runner -> bridge, relayed by api in arrival order. */
export const agentFrameSchema = z.union([
  z.object({ t: z.literal('frame'), connectionId: z.string(), frame: z.record(z.string(), z.unknown()) }),
  /** The runner's socket closed with this WebSocket code (1006 = abnormal). */
  z.object({ t: z.literal('closed'), connectionId: z.string(), code: z.number().int(), reason: z.string() }),
  /** A new dial arrived for the call while its runner had already left: the SDK redials after a raising entrypoint. */
  z.object({ t: z.literal('redialled'), connectionId: z.string() }),
]);
export type AgentFrame = z.infer<typeof agentFrameSchema>;

/** Bridge -> runner: a frame to pass on, or the order to close the socket. */
export const bridgeFrameSchema = z.union([
  z.object({ t: z.literal('frame'), connectionId: z.string(), frame: z.record(z.string(), z.unknown()) }),
  z.object({ t: z.literal('close'), connectionId: z.string(), code: z.number().int(), reason: z.string() }),
]);
export type BridgeFrame = z.infer<typeof bridgeFrameSchema>;

/** A process that holds calls is alive and holds these. */
export const beatSchema = z.object({ app: z.string(), node: z.string(), callIds: z.array(z.string()), at: z.number() });
export type Beat = z.infer<typeof beatSchema>;

/** What was said and how long a turn took, for live event streams; `at` is epoch ms. Postgres holds the same for good. */
export const liveTurnSchema = z.union([
  z.object({
    t: z.literal('words'),
    callId: z.string(),
    role: z.enum(['user', 'assistant']),
    text: z.string(),
    /** The part of an agent's words that was really played; null = all of them. */
    heard: z.string().nullable(),
    at: z.number(),
  }),
  z.object({
    t: z.literal('metrics'),
    callId: z.string(),
    turnId: z.number().int(),
    /** Milliseconds by name, as in the `turn.metrics` frame. */
    figures: z.record(z.string(), z.number()),
    at: z.number(),
  }),
]);
export type LiveTurn = z.infer<typeof liveTurnSchema>;
