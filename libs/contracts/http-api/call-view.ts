import { visibleStatus, type CallState } from '@callplane/domain';

/** The columns of a call that REST, webhooks and events show. Times are Dates, durations are derived here. */
export interface CallRecord {
  id: string;
  accountId: string;
  orgHandle: string;
  direction: 'outbound' | 'inbound';
  state: CallState;
  agentId: string | null;
  pipeId: string | null;
  toNumber: string | null;
  fromNumber: string | null;
  numberId: string | null;
  trunkId: string | null;
  instructions: string | null;
  data: Record<string, unknown>;
  roomName: string | null;
  endReason: string | null;
  endedBy: string | null;
  phase: string | null;
  sipCode: number | null;
  sipReason: string | null;
  q850: number | null;
  detail: string | null;
  waitingFor: string | null;
  initialCallId: string | null;
  createdAt: Date;
  dialedAt: Date | null;
  ringingAt: Date | null;
  activeAt: Date | null;
  endedAt: Date | null;
  modifiedAt: Date;
}

export interface TranscriptTurn {
  role: 'user' | 'assistant';
  content: string;
  /** ISO 8601. */
  timestamp: string;
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
const seconds = (from: Date | null, to: Date | null): number | null =>
  from === null || to === null ? null : Math.max(0, Math.round((to.getTime() - from.getTime()) / 1000));

/**
 * A call as REST and webhooks show it: the SDK's `Call`, with our evidence beside the reason. Non-nullable fields that have no
 * value are left out, never null. `session_id` and `room_name` appear with `ringing`.
 */
export function renderCall(call: CallRecord, turns: number): Record<string, unknown> {
  const started = call.dialedAt !== null;
  return {
    call_id: call.id,
    org_id: call.orgHandle,
    project_id: call.accountId,
    direction: call.direction,
    status: visibleStatus(call.state),
    agent_id: call.agentId,
    pipe_id: call.pipeId,
    to_number: call.toNumber,
    from_number: call.fromNumber,
    number_id: call.numberId,
    trunk_id: call.trunkId,
    instructions: call.instructions,
    data: call.data,
    session_id: started ? call.id : null,
    room_name: started ? call.roomName : null,
    end_reason: call.endReason,
    ended_by: call.endedBy,
    phase: call.phase,
    sip_code: call.sipCode,
    sip_reason: call.sipReason,
    q850: call.q850,
    detail: call.detail,
    waiting_for: call.waitingFor,
    initial_call_id: call.initialCallId,
    transcript_turns: turns,
    started_at: iso(call.activeAt),
    ended_at: iso(call.endedAt),
    duration_s: seconds(call.activeAt, call.endedAt),
    created: iso(call.createdAt),
    modified: iso(call.modifiedAt),
    traces: {
      ...(call.endReason === null ? {} : { supervoice_end_reason: call.endReason }),
      call_timings: callTimings(call),
    },
  };
}

function callTimings(call: CallRecord): Record<string, unknown> {
  const timings = {
    call_dialed_at: iso(call.dialedAt),
    call_ringing_at: iso(call.ringingAt),
    call_connected_at: iso(call.activeAt),
    call_ended_at: iso(call.endedAt),
    ring_duration_seconds: seconds(call.ringingAt, call.activeAt ?? call.endedAt),
    talk_duration_seconds: seconds(call.activeAt, call.endedAt),
  };
  return Object.fromEntries(Object.entries(timings).filter(([, value]) => value !== null));
}
