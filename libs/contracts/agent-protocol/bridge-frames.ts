import { z } from 'zod';

/** Frames of the bridge socket `GET /v1/bridge/:callId?token=`, one socket a call, protocol version 2. */

export const PROTOCOL_VERSION = 2;

/** Events every client understands; anything else is sent only to clients whose `hello` lists it. */
export const CORE_EVENTS = [
  'user.text',
  'user.interrupted',
  'error',
  'metric',
  'turn.metrics',
  'state',
  'call.started',
] as const;
/** Extensions of ours, by negotiation: partial words, and which part of a reply was really played. */
export const EXTENSION_EVENTS = ['user.partial', 'agent.spoken', 'user.silence', 'user.dtmf'] as const;
export const SUPPORTED_VERBS = [
  'agent.text.delta',
  'agent.text.end',
  'agent.say',
  'agent.transfer',
  'agent.end_call',
  'agent.dispatch',
  'agent.add_participant',
  'agent.remove_participant',
  'agent.merge',
] as const;

export const helloFrameSchema = z.object({
  event: z.literal('hello'),
  protocol_version: z.number().int(),
  supported_events: z.array(z.string()).default([]),
  supported_verbs: z.array(z.string()).default([]),
});
export type HelloFrame = z.infer<typeof helloFrameSchema>;

export const agentVerbSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('agent.text.delta'), text: z.string() }),
  z.object({ event: z.literal('agent.text.end') }),
  z.object({ event: z.literal('agent.say'), text: z.string() }),
  z.object({ event: z.literal('agent.end_call'), reason: z.string().default('completed') }),
  z.object({
    event: z.literal('agent.transfer'),
    transfer_type: z.enum(['number', 'human', 'agent']),
    target: z.string(),
    mode: z.enum(['cold', 'warm']).default('cold'),
    announcement: z.string().default(''),
  }),
]);
/** What a runner may ask of the bridge once the handshake is done. */
export type AgentVerb = z.infer<typeof agentVerbSchema>;

/** Events from the platform to the runner. Integers where the SDK's models want integers. */
export type BridgeEvent =
  | { event: 'user.text'; text: string; is_final: true; extra: { language: string } }
  | { event: 'user.interrupted'; turn_id: number; heard_prefix: string }
  | { event: 'state'; state: AgentState; turn_id: number; call_id: string; status?: string; end_reason?: string }
  | ({ event: 'turn.metrics'; call_id: string; turn_id: number } & TurnFigures)
  | { event: 'error'; severity: string; source: string; code: string; message: string }
  | { event: 'user.partial'; text: string }
  | { event: 'agent.spoken'; turn_id: number; text: string }
  | { event: 'user.silence'; silent_ms: number };

export const AGENT_STATES = ['idle', 'listening', 'thinking', 'speaking', 'interrupted'] as const;
export type AgentState = (typeof AGENT_STATES)[number];

/** Milliseconds; absent where a turn has no such part. */
export interface TurnFigures {
  /** Caller stopped speaking -> first agent audio sample handed to the room. */
  ttfa_ms?: number;
  /** Caller stopped speaking -> final text. */
  asr_ms?: number;
  /** `user.text` sent -> first reply text from the runner. */
  llm_ttft_ms?: number;
  /** Text handed to TTS -> first audio byte. */
  tts_ttfb_ms?: number;
}
