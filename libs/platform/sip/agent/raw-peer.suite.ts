import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { parseMessage } from '../message/parse-message.ts';
import { printMessage, responseTo } from '../message/print-message.ts';
import type { Header, SipMessage, SipRequest } from '../message/sip-message.ts';

type Wanted = (message: SipMessage) => boolean;

/** A far end on a plain UDP socket that says exactly what a test tells it to, for what sipp cannot play. */
export class RawPeer {
  readonly #socket: Socket;
  readonly #inbox: SipMessage[] = [];
  #wake: () => void = () => undefined;
  #from = { address: '', port: 0 };

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (bytes, from) => {
      const parsed = parseMessage(bytes);
      if (!parsed.ok) return;
      this.#from = from;
      this.#inbox.push(parsed.message);
      this.#wake();
    });
  }

  static async open(): Promise<RawPeer> {
    const socket = createSocket('udp4');
    const listening = once(socket, 'listening');
    socket.bind({ address: '127.0.0.1', port: 0 });
    await listening;
    return new RawPeer(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** For a peer that only sends. */
  ignoreEverything(): void {
    this.#socket.removeAllListeners('message');
  }

  /** Takes the next message that fits; what does not fit stays. */
  async take(wanted: Wanted): Promise<SipMessage> {
    for (;;) {
      const index = this.#inbox.findIndex(wanted);
      const [found] = index < 0 ? [] : this.#inbox.splice(index, 1);
      if (found) return found;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async takeRequest(method: string): Promise<SipRequest> {
    const message = await this.take((m) => m.kind === 'request' && m.method === method);
    if (message.kind !== 'request') throw new Error('unreachable');
    return message;
  }

  async takeResponse(status: number, cseqMethod?: string): Promise<SipMessage> {
    const fits = (m: SipMessage): boolean =>
      cseqMethod === undefined ||
      m.headers.some((h) => h.name.toLowerCase() === 'cseq' && h.value.endsWith(cseqMethod));
    return this.take((m) => m.kind === 'response' && m.status === status && fits(m));
  }

  /** How many of that request have arrived and were not taken. */
  countRequests(method: string): number {
    return this.#inbox.filter((m) => m.kind === 'request' && m.method === method).length;
  }

  reply(
    request: SipRequest,
    status: number,
    options: { tag?: string; headers?: Header[]; body?: string; contact?: boolean } = {},
  ): void {
    const contact = { name: 'Contact', value: `<sip:peer@127.0.0.1:${this.port}>` };
    const headers = [contact, ...(options.headers ?? [])];
    const tag = options.tag ?? 'peer';
    this.send(responseTo(request, { status, toTag: tag, headers, body: options.body ?? '' }));
  }

  send(message: SipMessage, port = this.#from.port): void {
    this.#socket.send(printMessage(message), port, '127.0.0.1');
  }

  sendBytes(bytes: Buffer, port: number): void {
    this.#socket.send(bytes, port, '127.0.0.1');
  }

  /** A request of our own making; `to` includes the tag of the dialog when it is inside one. */
  request(
    method: string,
    parts: {
      uri: string;
      from: string;
      to: string;
      callId: string;
      cseq: number;
      headers?: Header[];
      body?: string;
      branch?: string;
    },
  ): SipRequest {
    const branch = parts.branch ?? `z9hG4bK${Math.random().toString(36).slice(2)}`;
    return {
      kind: 'request',
      method,
      uri: parts.uri,
      headers: [
        { name: 'Via', value: `SIP/2.0/UDP 127.0.0.1:${this.port};branch=${branch}` },
        { name: 'From', value: parts.from },
        { name: 'To', value: parts.to },
        { name: 'Call-ID', value: parts.callId },
        { name: 'CSeq', value: `${parts.cseq} ${method}` },
        { name: 'Contact', value: `<sip:peer@127.0.0.1:${this.port}>` },
        ...(parts.headers ?? []),
      ],
      body: parts.body ?? '',
    };
  }

  close(): void {
    this.#socket.close();
  }
}
