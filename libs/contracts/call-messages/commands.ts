import { z } from 'zod';
import type { CommandName } from './subjects.ts';

const callId = z.string().min(1);
const refused = z.object({ ok: z.literal(false), code: z.string(), message: z.string() });

/** Give a call to a runner: the api process that holds the runner's control socket sends `job.assign` and awaits `job.ack`. */
const assignRunner = {
  data: z.object({
    callId,
    accountId: z.string(),
    agentId: z.string(),
    workerId: z.string(),
    jobId: z.string(),
    assignId: z.string(),
    /** ms the runner has to acknowledge. */
    ackTimeoutMs: z.number().int().positive(),
    /** The call resumes a conversation another runner lost. */
    resumed: z.boolean(),
  }),
  reply: z.union([z.object({ ok: z.literal(true) }), refused]),
};

/** How a bridge hears and speaks for one call; resolved from the pipe and its voice profile by the dispatcher. */
export const speechSettingsSchema = z.object({
  voiceProfileId: z.string().nullable(),
  language: z.string(),
  sttProvider: z.string(),
  ttsProvider: z.string(),
  ttsVoice: z.string(),
  /** Phrases the caller is likely to say: the recogniser's vocabulary. */
  hints: z.array(z.string()),
  /** ms of silence that end a caller's utterance. */
  endpointingMs: z.number().int().positive(),
});
export type SpeechSettings = z.infer<typeof speechSettingsSchema>;

/** What the runner's `call.started` frame and hooks show; built once by the dispatcher. */
export const callBriefSchema = z.object({
  direction: z.enum(['outbound', 'inbound']),
  agentId: z.string(),
  toNumber: z.string().nullable(),
  fromNumber: z.string().nullable(),
  /** The other side's number: callee outbound, caller inbound. */
  userNumber: z.string(),
  instructions: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
  accountId: z.string(),
  orgHandle: z.string(),
  pipeId: z.string().nullable(),
});
export type CallBrief = z.infer<typeof callBriefSchema>;

/** Create the room, join as the agent participant, warm STT and TTS. Speech said before `start-conversation` is held. */
const openBridge = {
  data: z.object({
    callId,
    fence: z.number().int(),
    roomName: z.string(),
    jobId: z.string(),
    greeting: z.string().nullable(),
    speech: speechSettingsSchema,
    brief: callBriefSchema,
  }),
  reply: z.union([z.object({ ok: z.literal(true), node: z.string() }), refused]),
};

/** Both sides are there: play held speech, listen to the caller. */
const startConversation = {
  data: z.object({ callId, activeAt: z.number() }),
  reply: z.union([z.object({ ok: z.literal(true) }), refused]),
};

/** End the conversation: tell the runner (last `state` frame, close 1000), flush the transcript, leave, delete the room. Idempotent. */
const closeBridge = {
  data: z.object({ callId, status: z.enum(['completed', 'failed']), endReason: z.string() }),
  reply: z.union([z.object({ ok: z.literal(true) }), refused]),
};

/** Remove a room whose bridge is gone; a missing room is fine. */
const deleteRoom = {
  data: z.object({ callId, roomName: z.string() }),
  reply: z.union([z.object({ ok: z.literal(true) }), refused]),
};

const heldCalls = {
  data: z.object({ callId: z.string().optional() }),
  reply: z.object({ ok: z.literal(true), node: z.string(), callIds: z.array(z.string()) }),
};

/** Send the INVITE. The reply says only that the leg has started; the rest arrives as facts. */
const placeCall = {
  data: z.object({
    callId,
    fence: z.number().int(),
    roomName: z.string(),
    /** The caller's participant identity in the room. */
    participantIdentity: z.string(),
    trunkId: z.string(),
    to: z.string(),
    from: z.string(),
    displayName: z.string().nullable(),
    /** ms the far end may ring; the gateway sends CANCEL after it as a net behind the dispatcher's deadline. */
    ringTimeoutMs: z.number().int().positive(),
    maxDurationMs: z.number().int().positive(),
  }),
  reply: z.union([z.object({ ok: z.literal(true), node: z.string() }), refused]),
};

/** CANCEL or BYE, confirmed by the far end or timed out (2 s). A leg that is already gone answers `gone`. */
const hangUpLeg = {
  data: z.object({ callId, reason: z.string() }),
  reply: z.union([z.object({ ok: z.literal(true), outcome: z.enum(['confirmed', 'unconfirmed', 'gone']) }), refused]),
};

/** Payload and reply schema of every command. Replies with `ok: false` are expected outcomes, never thrown. */
export const COMMANDS = {
  'assign-runner': assignRunner,
  'open-bridge': openBridge,
  'start-conversation': startConversation,
  'close-bridge': closeBridge,
  'delete-room': deleteRoom,
  'read-bridge': heldCalls,
  'place-call': placeCall,
  'hang-up-leg': hangUpLeg,
  'read-leg': heldCalls,
} as const satisfies Record<CommandName, { data: z.ZodType; reply: z.ZodType }>;

export type CommandData<N extends CommandName> = z.infer<(typeof COMMANDS)[N]['data']>;
export type CommandReply<N extends CommandName> = z.infer<(typeof COMMANDS)[N]['reply']>;
