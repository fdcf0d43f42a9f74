import type { NegotiatedMedia } from '@callplane/sip';

/** Orders from the gateway to a media worker, over the child process's channel. */
export type MediaOrder =
  /** Bind an RTP port, and join the room meanwhile. */
  | {
      readonly t: 'open';
      readonly callId: string;
      readonly rtpHost: string;
      readonly room: { readonly url: string; readonly token: string };
    }
  /** The far end's description, once known and at each renegotiation. */
  | { readonly t: 'start'; readonly callId: string; readonly media: NegotiatedMedia }
  /** From here on RTP is expected. */
  | { readonly t: 'answered'; readonly callId: string }
  | { readonly t: 'attributes'; readonly callId: string; readonly attributes: Readonly<Record<string, string>> }
  | { readonly t: 'close'; readonly callId: string }
  /** Leave every room and exit. */
  | { readonly t: 'stop' };

/** What a media worker says about one call. */
export type MediaNews =
  | { readonly t: 'opened'; readonly callId: string; readonly port: number }
  | { readonly t: 'open-failed'; readonly callId: string; readonly detail: string }
  | { readonly t: 'joined'; readonly callId: string }
  | { readonly t: 'join-failed'; readonly callId: string; readonly detail: string }
  /** LiveKit's own word: `PARTICIPANT_REMOVED`, `ROOM_DELETED`, `UNKNOWN_REASON`... */
  | { readonly t: 'room-left'; readonly callId: string; readonly reason: string }
  | { readonly t: 'dtmf'; readonly callId: string }
  | { readonly t: 'silent'; readonly callId: string; readonly kind: 'missing' | 'lost'; readonly forMs: number }
  /** The port is free and the participant has left. Counters of the whole call. */
  | {
      readonly t: 'closed';
      readonly callId: string;
      readonly received: number;
      readonly sent: number;
      readonly lost: number;
    };

/** Everything a worker says. `ready`: it can take calls. */
export type WorkerMessage = MediaNews | { readonly t: 'ready' };

/** Settings of a worker, in its environment as JSON under MEDIA_WORKER_SETTINGS. */
export interface MediaWorkerSettings {
  readonly node: string;
  readonly logLevel: string;
  readonly rtpMissingMs: number;
  readonly rtpLostMs: number;
}

export const SETTINGS_VARIABLE = 'MEDIA_WORKER_SETTINGS';
