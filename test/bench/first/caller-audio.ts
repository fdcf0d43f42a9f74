import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Arrival } from './judge-arrivals.ts';
import { decodeMuLaw, encodeMuLaw, onsetMs, SAMPLES_PER_MS, toneSamples } from './tone.ts';

const FRAME_MS = 20;
const FRAME_SAMPLES = FRAME_MS * SAMPLES_PER_MS;
const HEADER = 12;
/** Our own frames later than this make the run worthless. */
const OWN_LATE_MS = 10;
const SILENCE = Buffer.alloc(FRAME_SAMPLES, 0xff);

/** The audio of one caller: PCMU, one frame every 20 ms against a monotonic origin, silence or a tone. */
export class CallerAudio {
  readonly arrivals: Arrival[] = [];
  framesSent = 0;
  framesSentLate = 0;
  private readonly socket: Socket;
  private readonly peer: { address: string; port: number };
  private readonly ssrc = Math.floor(Math.random() * 0xffff_ffff);
  private origin = 0;
  private timer: NodeJS.Timeout | undefined;
  private tone: { frames: number; at: number; done: (stoppedAt: number) => void } | undefined;
  private lastLoudAt = -Infinity;
  private onset: ((heardAt: number) => void) | undefined;

  private constructor(socket: Socket, peer: { address: string; port: number }) {
    this.socket = socket;
    this.peer = peer;
    socket.on('message', (bytes) => this.receive(bytes, performance.now()));
  }

  /** `offer` is the SDP of the INVITE. */
  static async open(offer: string): Promise<CallerAudio> {
    const address = /^c=IN IP4 (\S+)/m.exec(offer)?.[1];
    const port = /^m=audio (\d+)/m.exec(offer)?.[1];
    if (address === undefined || port === undefined) throw new Error('the INVITE offers no audio over IPv4');
    const socket = createSocket('udp4');
    socket.bind({ address: '127.0.0.1', port: 0 });
    await once(socket, 'listening');
    return new CallerAudio(socket, { address, port: Number(port) });
  }

  get sdp(): string {
    const lines = [
      ...['v=0', 'o=bench 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
      ...[`m=audio ${this.socket.address().port} RTP/AVP 0`, 'a=rtpmap:0 PCMU/8000', 'a=ptime:20'],
    ];
    return `${lines.join('\r\n')}\r\n`;
  }

  /** Begins to send; `phaseMs` keeps several callers from ticking at the same moment. */
  start(phaseMs = 0): void {
    this.origin = performance.now() + phaseMs;
    this.tick();
  }

  /** Speaks for so long. @returns when the last of it left, monotonic ms. */
  speak(ms: number): Promise<number> {
    return new Promise((done) => (this.tone = { frames: Math.round(ms / FRAME_MS), at: 0, done }));
  }

  /** The next moment at which the agent is heard, counted to the sample. Undefined when that takes too long. */
  hearOnset(withinMs: number): Promise<number | undefined> {
    return new Promise((resolve) => {
      const late = setTimeout(() => settle(undefined), withinMs);
      const settle = (heardAt: number | undefined): void => {
        clearTimeout(late);
        this.onset = undefined;
        resolve(heardAt);
      };
      this.onset = settle;
    });
  }

  /** How long the agent has been silent, ms. */
  quietMs(): number {
    return performance.now() - this.lastLoudAt;
  }

  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.socket.close();
  }

  private tick(): void {
    const now = performance.now();
    while (this.origin + this.framesSent * FRAME_MS <= now) {
      if (now - (this.origin + this.framesSent * FRAME_MS) > OWN_LATE_MS) this.framesSentLate += 1;
      this.sendFrame();
    }
    this.timer = setTimeout(
      () => this.tick(),
      Math.max(0, this.origin + this.framesSent * FRAME_MS - performance.now()),
    );
  }

  private sendFrame(): void {
    const { tone, framesSent } = this;
    const packet = Buffer.alloc(HEADER + FRAME_SAMPLES);
    packet.writeUInt16BE(framesSent === 0 ? 0x8080 : 0x8000, 0);
    packet.writeUInt16BE(framesSent & 0xffff, 2);
    packet.writeUInt32BE((framesSent * FRAME_SAMPLES) >>> 0, 4);
    packet.writeUInt32BE(this.ssrc, 8);
    const sound = tone === undefined ? SILENCE : encodeMuLaw(toneSamples(FRAME_SAMPLES, tone.at * FRAME_SAMPLES));
    sound.copy(packet, HEADER);
    this.socket.send(packet, this.peer.port, this.peer.address);
    this.framesSent += 1;
    if (tone === undefined) return;
    tone.at += 1;
    if (tone.at < tone.frames) return;
    this.tone = undefined;
    tone.done(performance.now());
  }

  private receive(packet: Buffer, at: number): void {
    if (packet.length <= HEADER || (packet.readUInt8(1) & 0x7f) !== 0) return;
    this.arrivals.push({ at, sequence: packet.readUInt16BE(2), timestamp: packet.readUInt32BE(4) });
    const onset = onsetMs(decodeMuLaw(packet.subarray(HEADER)));
    if (onset === undefined) return;
    this.lastLoudAt = at;
    this.onset?.(at + onset);
  }
}
