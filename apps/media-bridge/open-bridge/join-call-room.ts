import {
  joinRoom,
  roomToken,
  type LiveKitAccess,
  type RoomAdmin,
  type RoomLeg,
  type RoomLegEvents,
} from '@callplane/livekit';

/** Of the agent's track: a phone line has no more. */
const SAMPLE_RATE = 8000;
/** Audio ahead of the caller's ear; what a barge-in throws away. */
const QUEUE_MS = 100;

/** Creates the call's room and joins it as `agent_<call id>`. Rejects when LiveKit is away; nothing is left open then. */
export async function joinCallRoom(
  livekit: { rooms: RoomAdmin; access: LiveKitAccess },
  call: { callId: string; roomName: string },
  events: RoomLegEvents,
): Promise<RoomLeg> {
  const identity = `agent_${call.callId}`;
  const [token] = await Promise.all([
    roomToken(livekit.access, { room: call.roomName, identity }),
    livekit.rooms.createRoom(call.roomName, { emptyTimeoutS: 60, departureTimeoutS: 10 }),
  ]);
  const { url } = livekit.access;
  return joinRoom({ url, token, sampleRate: SAMPLE_RATE, queueMs: QUEUE_MS, trackName: 'agent', events });
}
