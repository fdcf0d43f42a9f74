import { RoomServiceClient, ServerError } from 'livekit-server-sdk';
import type { ParticipantKind, ParticipantView } from './participant-view.ts';

/** Where LiveKit is and how we sign for it. `url` may be `ws://`, `wss://`, `http://` or `https://`. */
export interface LiveKitAccess {
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** How long LiveKit keeps a room nobody is in; the nets behind our own tear-down. */
export interface CreateRoomOptions {
  /** Seconds a room is kept that nobody joined. Default 60. */
  emptyTimeoutS?: number;
  /** Seconds a room is kept after the last participant left. Default 10. */
  departureTimeoutS?: number;
}

/** The few orders we give LiveKit's room service. Every method rejects when LiveKit cannot be reached. */
export interface RoomAdmin {
  /** Creating a room that exists changes nothing. */
  createRoom(name: string, options?: CreateRoomOptions): Promise<void>;
  /** False when there was no such room; everyone in it is sent away otherwise. */
  deleteRoom(name: string): Promise<boolean>;
  roomExists(name: string): Promise<boolean>;
  /** Names of all rooms that begin with `prefix`. */
  listRooms(prefix?: string): Promise<string[]>;
  /** Empty when there is no such room. */
  listParticipants(room: string): Promise<ParticipantView[]>;
  /** False when the room or the participant is not there. */
  removeParticipant(room: string, identity: string): Promise<boolean>;
}

const TIMEOUT_S = 5;

/** A client of LiveKit's room service; it holds no connection and needs no closing. */
export function createRoomAdmin(access: LiveKitAccess): RoomAdmin {
  const rooms = new RoomServiceClient(httpUrl(access.url), access.apiKey, access.apiSecret, {
    requestTimeout: TIMEOUT_S,
  });
  return {
    createRoom: async (name, options = {}) => {
      await rooms.createRoom({
        name,
        emptyTimeout: options.emptyTimeoutS ?? 60,
        departureTimeout: options.departureTimeoutS ?? 10,
      });
    },
    deleteRoom: (name) =>
      unlessMissing(
        rooms.deleteRoom(name).then(() => true),
        false,
      ),
    roomExists: async (name) => (await rooms.listRooms([name])).length > 0,
    listRooms: async (prefix = '') =>
      (await rooms.listRooms()).map((room) => room.name).filter((name) => name.startsWith(prefix)),
    listParticipants: (room) =>
      unlessMissing(
        rooms
          .listParticipants(room)
          .then((list) =>
            list.map(({ identity, kind, attributes }) => ({ identity, kind: KINDS[kind] ?? 'other', attributes })),
          ),
        [],
      ),
    removeParticipant: (room, identity) =>
      unlessMissing(
        rooms.removeParticipant(room, identity).then(() => true),
        false,
      ),
  };
}

/** The server API speaks http on the host that rooms are joined at. */
export function httpUrl(url: string): string {
  return url.replace(/^ws/, 'http');
}

/** The protocol's `ParticipantInfo.Kind`, which the server SDK does not export. */
const KINDS: Readonly<Record<number, ParticipantKind>> = { 0: 'standard', 3: 'sip' };

async function unlessMissing<T>(work: Promise<T>, missing: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ServerError && (error.code === 'not_found' || error.status === 404)) return missing;
    throw error;
  }
}
