/** What the REST API answers. Times are ISO 8601. Answers hold more fields than these; see `/docs` of your server. */

/** `pending` -> `ringing` -> `active` -> `completed`, or `failed`. */
export type CallStatus = 'pending' | 'ringing' | 'active' | 'completed' | 'failed';

export interface TranscriptTurn {
  role: 'user' | 'assistant';
  content: string;
  timestamp: string;
}

export interface Call {
  call_id: string;
  status: CallStatus;
  direction: 'outbound' | 'inbound';
  agent_id: string | null;
  pipe_id: string | null;
  to_number: string | null;
  from_number: string | null;
  instructions: string | null;
  data: Record<string, unknown>;
  end_reason: string | null;
  ended_by: string | null;
  /** The last SIP status of the far end. */
  sip_code: number | null;
  /** Why a pending call is not dialled yet. */
  waiting_for: string | null;
  transcript_turns: number;
  started_at: string | null;
  ended_at: string | null;
  duration_s: number | null;
  created: string;
}

/** A single call, with what was said and measured. */
export interface CallDetail extends Call {
  transcript: TranscriptTurn[];
  latency_metrics: Record<string, number>[];
  latency_summary: Record<string, unknown>;
  recording_url: string | null;
}

export interface CreateCall {
  /** E.164. */
  to_number: string;
  /** One of `agent_id` and `pipe_id` is needed; the agent wins. */
  agent_id?: string;
  pipe_id?: string;
  /** A number of the account; default: the one attached to the agent. */
  from_number?: string;
  instructions?: string;
  /** Reaches your runner as `ctx.data`. */
  data?: Record<string, unknown>;
}

export interface VoiceProfile {
  profile_id: string;
  name: string;
  description: string | null;
  language: string | null;
  gender: string | null;
}

export interface CreateAgentVoice {
  agent_id: string;
  name?: string;
  /** Id or name of a voice profile; default: the first one. */
  voice_profile?: string;
  /** Spoken by the platform as soon as the call is answered. */
  greeting?: string;
  /** Phrases callers are likely to say; they help the recogniser. */
  hints?: string[];
  max_call_duration_s?: number;
  recording?: boolean;
}

export interface AgentVoice {
  agent_id: string;
  name: string;
  pipe_id: string;
  voice_profile_id: string | null;
  voice_profile_name: string | null;
  is_default: boolean;
}

/** `name` and the fields of CreateAgentVoice and the call settings (`ring_timeout_s`, `silence_s`, ...). */
export type CreatePipe = { name: string; agent_id?: string; voice_profile?: string } & Record<string, unknown>;

export interface Pipe {
  pipe_id: string;
  name: string;
  agent_id: string | null;
  voice_profile_id: string | null;
  number: string | null;
  recording: boolean;
  max_call_duration_s: number;
}

export interface PhoneNumber {
  number_id: string;
  /** E.164. */
  number: string;
  status: string;
  agent_id: string | null;
  pipe_id: string | null;
}

export interface WebhookEndpoint {
  endpoint_id: string;
  url: string;
  event_types: string[];
  status: 'enabled' | 'disabled';
  /** Signs the deliveries (Standard Webhooks); only in the answer that creates the endpoint. */
  secret?: string;
}

export interface Account {
  account_id: string;
  org_handle: string;
  name: string;
  concurrency_cap: number;
  settings: Record<string, unknown>;
}

export interface UpdateAccount {
  /** Most outbound calls that dial, ring or talk at once. */
  concurrency_cap?: number;
  settings?: Record<string, unknown>;
}
