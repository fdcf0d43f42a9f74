import type { RemoteInfo, Socket } from 'node:dgram';
import { randomInt } from 'node:crypto';
import { Emitter, silentLog } from '../emitter.ts';
import type { SipLog } from '../emitter.ts';
import type { NegotiatedMedia } from '../message/sdp.ts';
import { DtmfReader, printDtmf } from './dtmf.ts';
import { decodeG711, encodeG711 } from './g711.ts';
import { bindRtpPort } from './rtp-port.ts';
import type { PortRange } from './rtp-port.ts';
import { parseRtp, printRtp, sequenceAhead } from './rtp-packet.ts';
import type { RtpPacket } from './rtp-packet.ts';

/** Where to bind; ports are even and below 32768 by default. */
export interface RtpSessionOptions {
  readonly host: string;
  readonly ports?: PortRange;
  readonly log?: SipLog;
}

/** Decoded audio of one packet, 8 kHz mono; normally 160 samples. */
export interface RtpAudio {
  /** Fresh array, safe to hand on. */
  readonly samples: Int16Array;
  /** Packets missing just before this one (0 when none; gaps over a second count as a restart, 0). */
  readonly lost: number;
  /** RTP timestamp, 8 kHz units. */
  readonly timestamp: number;
  /** Monotonic arrival time, milliseconds (`performance.now()`). */
  readonly at: number;
}

/** One key press (RFC 4733), reported at its first packet. */
export interface RtpDtmf {
  readonly digit: string;
  readonly at: number;
}

/** Events of a session. */
export interface RtpSessionEvents {
  audio: RtpAudio;
  dtmf: RtpDtmf;
}

/** Counters since `openRtpSession`. */
export interface RtpStats {
  readonly received: number;
  readonly sent: number;
  readonly lost: number;
  /** Repeats and stragglers, malformed packets, and packets from strangers. */
  readonly discarded: number;
  /** Monotonic time of the last accepted packet, for the silence watchdog; undefined before the first. */
  readonly lastReceivedAt: number | undefined;
}

/** One RTP stream each way over one UDP port. */
export interface RtpSession {
  readonly host: string;
  readonly port: number;
  readonly stats: RtpStats;
  on<K extends keyof RtpSessionEvents>(event: K, listener: (event: RtpSessionEvents[K]) => void): () => void;
  /** Starts, or follows a renegotiation. Before it nothing is sent or delivered. */
  start(media: NegotiatedMedia): void;
  /** Sends one frame now (160 samples = 20 ms, 8 kHz). Pacing is the caller's. Dropped before `start`, on hold and after `close`. */
  send(samples: Int16Array): void;
  /** Lets the RTP clock run on without sending (a pause): the next frame carries the marker bit. */
  skip(samples: number): void;
  /** Sends one key press of `durationMs` (default 100) in 20 ms steps. False when telephone events were not agreed. */
  sendDtmf(digit: string, durationMs?: number): boolean;
  close(): void;
}

const RESTART_GAP = 50;
const DTMF_STEP_MS = 20;

class UdpRtpSession extends Emitter<RtpSessionEvents> implements RtpSession {
  readonly host: string;
  readonly port: number;
  readonly #socket: Socket;
  readonly #dtmf = new DtmfReader();
  readonly #ssrc = randomInt(1, 2 ** 32);
  #sequence = randomInt(0x10000);
  #timestamp = randomInt(2 ** 32);
  #marker = true;
  #media: NegotiatedMedia | undefined;
  /** Symmetric RTP: where packets really come from, once known. */
  #latched: { host: string; port: number; ssrc: number; sequence: number } | undefined;
  #received = 0;
  #sent = 0;
  #lost = 0;
  #discarded = 0;
  #lastReceivedAt: number | undefined;
  #closed = false;

  constructor(socket: Socket, log: SipLog) {
    super(log);
    this.#socket = socket;
    const address = socket.address();
    this.host = address.address;
    this.port = address.port;
    socket.on('message', (datagram, from) => this.#receive(datagram, from));
    // A refused send (ICMP) is reported here; the silence watchdog of the owner decides, not the socket.
    socket.on('error', (err) => log.debug({ err, port: this.port }, 'rtp.socket_error'));
  }

  get stats(): RtpStats {
    return {
      received: this.#received,
      sent: this.#sent,
      lost: this.#lost,
      discarded: this.#discarded,
      lastReceivedAt: this.#lastReceivedAt,
    };
  }

  start(media: NegotiatedMedia): void {
    const before = this.#media?.remote;
    if (before?.host !== media.remote.host || before.port !== media.remote.port) this.#latched = undefined;
    this.#media = media;
  }

  send(samples: Int16Array): void {
    const media = this.#media;
    if (media && media.direction !== 'recvonly' && media.direction !== 'inactive') {
      this.#transmit(media.payloadType, encodeG711(media.codec, samples), this.#timestamp, this.#marker);
      this.#marker = false;
    }
    this.#advance(samples.length);
  }

  skip(samples: number): void {
    this.#advance(samples);
    this.#marker = true;
  }

  sendDtmf(digit: string, durationMs = 100): boolean {
    const type = this.#media?.telephoneEventType;
    if (type === undefined) return false;
    const timestamp = this.#timestamp;
    const steps = Math.max(1, Math.ceil(durationMs / DTMF_STEP_MS));
    const step = (n: number): void => {
      if (this.#closed) return;
      const end = n >= steps;
      this.#transmit(type, printDtmf(digit, Math.min(n, steps) * DTMF_STEP_MS, end), timestamp, n === 1);
      if (n < steps + 2) setTimeout(step, end ? 1 : DTMF_STEP_MS, n + 1);
    };
    step(1);
    return true;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }

  #advance(samples: number): void {
    this.#timestamp = (this.#timestamp + samples) >>> 0;
  }

  #transmit(payloadType: number, payload: Uint8Array, timestamp: number, marker: boolean): void {
    const remote = this.#latched ?? this.#media?.remote;
    if (!remote || this.#closed) return;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const packet = printRtp({ marker, payloadType, sequence: this.#sequence, timestamp, ssrc: this.#ssrc, payload });
    this.#sent += 1;
    this.#socket.send(packet, remote.port, remote.host, () => undefined);
  }

  #receive(datagram: Uint8Array, from: RemoteInfo): void {
    const media = this.#media;
    const packet = parseRtp(datagram);
    if (!media || !packet || !this.#admit(packet, from, media)) {
      this.#discarded += 1;
      return;
    }
    const at = performance.now();
    const isEvent = packet.payloadType === media.telephoneEventType;
    if (!isEvent && packet.payloadType !== media.payloadType) {
      this.#discarded += 1;
      return;
    }
    const latched = this.#latched;
    const ahead = latched === undefined ? 1 : sequenceAhead(packet.sequence, latched.sequence);
    // A far jump either way is a sender that restarted its numbering, not a straggler.
    const restarted = latched?.ssrc !== packet.ssrc || Math.abs(ahead) > RESTART_GAP;
    if (!restarted && ahead <= 0) {
      this.#discarded += 1;
      return;
    }
    const lost = restarted ? 0 : ahead - 1;
    this.#latched = { host: from.address, port: from.port, ssrc: packet.ssrc, sequence: packet.sequence };
    this.#received += 1;
    this.#lost += lost;
    this.#lastReceivedAt = at;
    if (isEvent) {
      const key = this.#dtmf.read(packet.timestamp, packet.payload);
      if (key) this.emit('dtmf', { digit: key.digit, at });
      return;
    }
    this.emit('audio', { samples: decodeG711(media.codec, packet.payload), lost, timestamp: packet.timestamp, at });
  }

  /** From the negotiated peer (any port: NAT may move it), or the stream already latched on, whose address moved. */
  #admit(packet: RtpPacket, from: RemoteInfo, media: NegotiatedMedia): boolean {
    return from.address === media.remote.host || this.#latched?.ssrc === packet.ssrc;
  }
}

/** Opens a UDP port for one call. Throws with `cause` when none can be bound. */
export async function openRtpSession(options: RtpSessionOptions): Promise<RtpSession> {
  return new UdpRtpSession(await bindRtpPort(options.host, options.ports), options.log ?? silentLog);
}
