import type { CallStarted, JobAssign } from '../runner/frames.ts';
import type { Session } from './session.ts';

/** The call an entrypoint serves. */
export interface CallContext {
  /** Also the id of the session. */
  callId: string;
  agentId: string;
  direction: 'outbound' | 'inbound';
  /** The other side's number: callee outbound, caller inbound; empty when withheld. */
  userNumber: string;
  toNumber: string | undefined;
  fromNumber: string | undefined;
  instructions: string | undefined;
  /** `data` of the request that made the call, with `call_id`. */
  data: Record<string, unknown>;
  voiceProfileId: string | undefined;
  /** The call goes on after another runner was lost: greet accordingly. */
  resumed: boolean;
  session: Session;
}

/** Reads the `call.started` frame. */
export function callContext(started: CallStarted, job: JobAssign, session: Session): CallContext {
  const metadata = started.metadata ?? {};
  const text = (name: string): string | undefined => {
    const value = metadata[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const data = metadata['data'];
  return {
    callId: started.session_id,
    agentId: started.agent_id ?? job.agent_id,
    direction: metadata['direction'] === 'outbound' ? 'outbound' : 'inbound',
    userNumber: text('user_number') ?? '',
    toNumber: text('to_number'),
    fromNumber: text('from_number'),
    instructions: text('instructions'),
    data: typeof data === 'object' && data !== null ? { ...data } : {},
    voiceProfileId: started.voice_profile_id,
    resumed: job.metadata.resumed === true,
    session,
  };
}
