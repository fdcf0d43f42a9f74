import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import {
  PROTOCOL_VERSION,
  readFrame,
  SUPPORTED_EVENTS,
  SUPPORTED_VERBS,
  type CallStarted,
  type Frame,
} from './frames.ts';

/** A bridge socket past its handshake. */
export interface BridgeSocket {
  started: CallStarted;
  send(frame: Frame): void;
  close(code: number, reason?: string): void;
  /** Hands over frames and the end, both from the first one on. Call it once. */
  listen(onFrame: (frame: Frame) => void, onClose: (code: number, reason: string) => void): void;
}

export type DialOutcome = { ok: true; bridge: BridgeSocket } | { ok: false; final: boolean; why: string };

const OPEN_WITHIN_MS = 5000;
const HANDSHAKE_WITHIN_MS = 10_000;
/** Waits before each attempt at a new call, ms: three, then the platform looks for another runner. */
const FIRST_DIAL = [0, 200, 400] as const;
/** Waits before each attempt to come back to a live call, ms: longer than a platform process needs to start again. */
export const RETURN_DIAL = [0, 200, 400, 800, 1500, 2000, 3000, 3000, 3000] as const;
/** The call is unknown or over: no attempt will change that. */
const UNKNOWN_CALL = 4003;

/** Dials a call's bridge, once after each of `waits`; stops early when the call is over or `signal` says so. */
export async function dialBridge(
  url: string,
  token: string,
  signal: AbortSignal,
  waits: readonly number[] = FIRST_DIAL,
): Promise<DialOutcome> {
  let last: DialOutcome = { ok: false, final: true, why: 'cancelled' };
  for (const wait of waits) {
    if (wait > 0) await delay(wait, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return last;
    last = await dialOnce(url, token, signal);
    if (last.ok || last.final) return last;
  }
  return last;
}

function dialOnce(url: string, token: string, signal: AbortSignal): Promise<DialOutcome> {
  const target = new URL(url);
  target.searchParams.set('token', token);
  const socket = new WebSocket(target, { handshakeTimeout: OPEN_WITHIN_MS, perMessageDeflate: false });
  const inbox = new Inbox(socket);
  return new Promise((resolve) => {
    const cancel = (): void => socket.terminate();
    const late = setTimeout(cancel, OPEN_WITHIN_MS + HANDSHAKE_WITHIN_MS);
    const settle = (outcome: DialOutcome): void => {
      clearTimeout(late);
      signal.removeEventListener('abort', cancel);
      resolve(outcome);
    };
    let why = '';
    signal.addEventListener('abort', cancel);
    socket.on('error', (error) => (why = error.message));
    socket.once('open', () => sendHello(socket));
    socket.once('close', (code, reason) =>
      settle({ ok: false, final: code === UNKNOWN_CALL, why: why || `${code} ${reason.toString('utf8')}`.trim() }),
    );
    inbox.onHandshake = (started) => settle({ ok: true, bridge: bridgeOf(socket, started, inbox) });
  });
}

function sendHello(socket: WebSocket): void {
  const hello = {
    event: 'hello',
    protocol_version: PROTOCOL_VERSION,
    supported_events: SUPPORTED_EVENTS,
    supported_verbs: SUPPORTED_VERBS,
  };
  socket.send(JSON.stringify(hello));
}

function bridgeOf(socket: WebSocket, started: CallStarted, inbox: Inbox): BridgeSocket {
  return {
    started,
    send: (frame) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
    },
    close: (code, reason) => socket.close(code, reason),
    listen: (onFrame, onClose) => inbox.listen(onFrame, onClose),
  };
}

/** Keeps what arrives until somebody listens: `hello.ack`, `call.started`, then everything else. */
class Inbox {
  onHandshake: (started: CallStarted) => void = () => undefined;
  private readonly waiting: Frame[] = [];
  private started = false;
  private closed: { code: number; reason: string } | undefined;
  private onFrame: ((frame: Frame) => void) | undefined;
  private onClose: (code: number, reason: string) => void = () => undefined;

  constructor(socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.take(readFrame(data)));
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString('utf8') };
      if (this.onFrame !== undefined) this.onClose(code, this.closed.reason);
    });
  }

  listen(onFrame: (frame: Frame) => void, onClose: (code: number, reason: string) => void): void {
    this.onFrame = onFrame;
    this.onClose = onClose;
    for (const frame of this.waiting.splice(0)) onFrame(frame);
    if (this.closed !== undefined) onClose(this.closed.code, this.closed.reason);
  }

  private take(frame: Frame | undefined): void {
    if (frame === undefined) return;
    if (!this.started) {
      if (frame['event'] !== 'call.started') return;
      this.started = true;
      this.onHandshake(frame as unknown as CallStarted);
    } else if (this.onFrame === undefined) this.waiting.push(frame);
    else this.onFrame(frame);
  }
}
