/** Frames of the control socket and of the handshake of a bridge socket. Unknown fields and types are ignored. */

export interface JobAssign {
  type: 'job.assign';
  job_id: string;
  call_id: string;
  agent_id: string;
  bridge_url: string;
  call_token: string;
  assign_id: string;
  metadata: { resumed?: boolean };
}

export interface CallStarted {
  event: 'call.started';
  session_id: string;
  job_id: string;
  agent_id?: string;
  voice_profile_id?: string;
  metadata?: Record<string, unknown>;
}

export type Frame = Record<string, unknown>;

/** The object in a frame's text, or undefined. */
export function readFrame(data: { toString(): string }): Frame | undefined {
  try {
    const value: unknown = JSON.parse(data.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Frame) : undefined;
  } catch {
    return undefined;
  }
}

const text = (value: unknown): value is string => typeof value === 'string';

/** A whole `job.assign`, or undefined. */
export function readJobAssign(frame: Frame): JobAssign | undefined {
  const { job_id, call_id, agent_id, bridge_url, call_token, assign_id = '', metadata } = frame;
  if (![job_id, call_id, agent_id, bridge_url, call_token, assign_id].every(text)) return undefined;
  const given = typeof metadata === 'object' && metadata !== null ? metadata : {};
  return { ...(frame as unknown as JobAssign), assign_id: assign_id as string, metadata: given };
}

/** What this SDK understands on a bridge socket: the core events and the extensions of the platform. */
export const SUPPORTED_EVENTS = [
  'user.text',
  'user.interrupted',
  'error',
  'metric',
  'turn.metrics',
  'state',
  'call.started',
  'user.partial',
  'user.silence',
  'agent.spoken',
];
export const SUPPORTED_VERBS = ['agent.text.delta', 'agent.text.end', 'agent.say', 'agent.transfer', 'agent.end_call'];
export const PROTOCOL_VERSION = 2;
