import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** A request as it came over UDP. */
export interface SipRequest {
  readonly method: string;
  /** User part of the Request-URI: the dialled number. */
  readonly user: string;
  readonly headers: readonly string[];
  readonly body: string;
  readonly from: { readonly address: string; readonly port: number };
  /** Monotonic ms. */
  readonly at: number;
}

const TAG = 'bench';
const RESEND_MS = 500;
const GIVE_UP_AFTER = 8;

/** The value of a header, or an empty string. */
export function headerOf(request: SipRequest, name: string): string {
  const line = request.headers.find((one) => one.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return line?.slice(name.length + 1).trim() ?? '';
}

/** The telephone network of the bench: one UDP port that takes INVITEs. Each is told once, with the moment it arrived. */
export class SipFarEnd {
  private readonly socket: Socket;
  private readonly seen = new Set<string>();
  /** Final answers to INVITEs that wait for their ACK, by Call-ID. */
  private readonly unacknowledged = new Map<string, NodeJS.Timeout>();
  private readonly answers: (invite: SipRequest) => void;
  private readonly onBye: (callId: string) => void;

  private constructor(socket: Socket, answers: (invite: SipRequest) => void, onBye: (callId: string) => void) {
    this.socket = socket;
    this.answers = answers;
    this.onBye = onBye;
    socket.on('message', (bytes, { address, port }) => {
      const request = parseRequest(bytes.toString('latin1'), { address, port }, performance.now());
      if (request !== undefined) this.take(request);
    });
  }

  /** `onInvite` has to call `respond` with a final status at some time. */
  static async open(
    onInvite: (invite: SipRequest, far: SipFarEnd) => void,
    onBye: (callId: string) => void = () => undefined,
  ): Promise<SipFarEnd> {
    const socket = createSocket('udp4');
    socket.bind({ address: '127.0.0.1', port: 0 });
    await once(socket, 'listening');
    const far: SipFarEnd = new SipFarEnd(socket, (invite) => onInvite(invite, far), onBye);
    return far;
  }

  get port(): number {
    return this.socket.address().port;
  }

  get uri(): string {
    return `sip:127.0.0.1:${this.port}`;
  }

  /** A final response is sent again until its ACK comes. */
  respond(request: SipRequest, status: string, sdp = ''): void {
    const text = this.responseText(request, status, sdp);
    this.send(text, request.from.port);
    if (request.method !== 'INVITE' || status.startsWith('1')) return;
    const callId = headerOf(request, 'Call-ID');
    let left = GIVE_UP_AFTER;
    const timer = setInterval(() => {
      if ((left -= 1) <= 0) this.acknowledged(callId);
      else this.send(text, request.from.port);
    }, RESEND_MS);
    this.unacknowledged.set(callId, timer);
  }

  /** Hangs up a dialog this side answered. The 200 that comes back is not waited for. */
  hangUp(invite: SipRequest): void {
    const lines = [
      `BYE ${/<([^>]+)>/.exec(headerOf(invite, 'Contact'))?.[1] ?? ''} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK${Math.random().toString(36).slice(2)}`,
      `From: ${headerOf(invite, 'To')};tag=${TAG}`,
      `To: ${headerOf(invite, 'From')}`,
      `Call-ID: ${headerOf(invite, 'Call-ID')}`,
      'CSeq: 1 BYE',
      'Max-Forwards: 70',
      'Content-Length: 0',
    ];
    this.send(`${lines.join('\r\n')}\r\n\r\n`, invite.from.port);
  }

  close(): void {
    for (const callId of [...this.unacknowledged.keys()]) this.acknowledged(callId);
    this.socket.close();
  }

  private take(request: SipRequest): void {
    const callId = headerOf(request, 'Call-ID');
    if (request.method === 'ACK') return this.acknowledged(callId);
    if (request.method !== 'INVITE') {
      this.respond(request, '200 OK');
      if (request.method === 'BYE') this.onBye(callId);
      return;
    }
    const key = `${callId} ${headerOf(request, 'CSeq')}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.answers(request);
  }

  private acknowledged(callId: string): void {
    clearInterval(this.unacknowledged.get(callId));
    this.unacknowledged.delete(callId);
  }

  private responseText(request: SipRequest, status: string, sdp: string): string {
    const same = request.headers.filter((line) => /^(via|from|call-id|cseq|record-route):/i.test(line));
    const to = headerOf(request, 'To');
    const head = [
      `SIP/2.0 ${status}`,
      ...same,
      `To: ${to.includes(';tag=') ? to : `${to};tag=${TAG}`}`,
      `Contact: <${this.uri}>`,
      ...(sdp === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${sdp.length}`,
    ];
    return `${head.join('\r\n')}\r\n\r\n${sdp}`;
  }

  private send(text: string, port: number): void {
    this.socket.send(Buffer.from(text, 'latin1'), port, '127.0.0.1');
  }
}

function parseRequest(text: string, from: SipRequest['from'], at: number): SipRequest | undefined {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [start = '', ...headers] = head.split('\r\n');
  const matched = /^([A-Z]+) sip:([^@; ]*)@?\S* SIP\/2\.0$/.exec(start);
  if (matched === null) return undefined;
  return { method: matched[1] ?? '', user: matched[2] ?? '', headers, body: rest.join('\r\n\r\n'), from, at };
}
