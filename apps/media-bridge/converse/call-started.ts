import type { CallBrief } from '@callplane/contracts';

/**
 * The `call.started` frame, first thing the runner hears of the call. What is null is left out: the SDK's models have no nulls.
 * `data` carries our call id, because the SDK shows its clients no other metadata once `data` is there.
 */
export function callStartedFrame(call: {
  callId: string;
  jobId: string;
  roomName: string;
  voiceProfileId: string | null;
  brief: CallBrief;
}): Record<string, unknown> {
  const { callId, brief } = call;
  return {
    event: 'call.started',
    session_id: callId,
    job_id: call.jobId,
    room_id: call.roomName,
    ...(call.voiceProfileId === null ? {} : { voice_profile_id: call.voiceProfileId }),
    agent_id: brief.agentId,
    metadata: {
      direction: brief.direction,
      user_number: brief.userNumber,
      ...(brief.toNumber === null ? {} : { to_number: brief.toNumber }),
      ...(brief.fromNumber === null ? {} : { from_number: brief.fromNumber }),
      ...(brief.instructions === null ? {} : { instructions: brief.instructions }),
      agent_id: brief.agentId,
      project_id: brief.accountId,
      org_id: brief.orgHandle,
      ...(brief.pipeId === null ? {} : { pipe_id: brief.pipeId }),
      data: { ...brief.data, call_id: callId },
    },
  };
}
