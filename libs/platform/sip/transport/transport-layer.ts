import { networkInterfaces } from 'node:os';
import { isIP } from 'node:net';
import type { FaultHook, SipPeer, SipTransport, UserAgentOptions } from '../agent/api.ts';
import type { SipLog } from '../emitter.ts';
import { parseMessage } from '../message/parse-message.ts';
import { printMessage } from '../message/print-message.ts';
import { fieldsOf } from '../message/read-fields.ts';
import { canonicalName } from '../message/sip-message.ts';
import type { SipMessage, SipRequest } from '../message/sip-message.ts';
import { bindTcp } from './tcp-socket.ts';
import { bindUdp } from './udp-socket.ts';
import type { PacketSocket } from './udp-socket.ts';

/** Options of the transport layer; the user agent passes its own on. */
export interface TransportOptions extends Pick<UserAgentOptions, 'bind' | 'advertise' | 'faults' | 'tap'> {
  readonly log: SipLog;
  readonly onMessage: (message: SipMessage, source: SipPeer) => void;
}

const BIND_ATTEMPTS = 20;

/** Sends and receives SIP messages over the bound sockets; the only place where bytes and faults are handled. */
export class TransportLayer {
  readonly #options: TransportOptions;
  readonly #sockets = new Map<SipTransport, PacketSocket>();
  readonly #delayed = new Set<NodeJS.Timeout>();
  #port: number | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  get boundPort(): number {
    if (this.#port === undefined) throw new Error('the SIP user agent is not listening yet');
    return this.#port;
  }

  /** Host and port for Via and Contact. */
  get advertised(): { host: string; port: number } {
    const { advertise, bind } = this.#options;
    return { host: advertise?.host ?? reachable(bind.host), port: advertise?.port ?? this.boundPort };
  }

  async listen(): Promise<void> {
    const { port, host } = this.#options.bind;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#bindAll(port);
        return;
      } catch (err) {
        await this.close();
        // With port 0 the number that UDP got may be taken on TCP: another one then.
        if (port !== 0 || attempt === BIND_ATTEMPTS)
          throw new Error(`cannot bind SIP on ${host}:${port}`, { cause: err });
      }
    }
  }

  /** Sends one message. `onError` may be called later, at most once. A verdict of the fault hook looks like a lost packet. */
  send(message: SipMessage, peer: SipPeer, onError: (err: Error) => void): void {
    this.#withFaults('out', message, peer, () => {
      const target = this.#responseTarget(message, peer);
      const socket = this.#sockets.get(target.transport);
      if (!socket) {
        queueMicrotask(() => onError(new Error(`no ${target.transport} socket`)));
        return;
      }
      this.#options.tap?.('out', message, target);
      socket.send(printMessage(message), target, onError);
    });
  }

  async close(): Promise<void> {
    for (const timer of this.#delayed) clearTimeout(timer);
    const sockets = [...this.#sockets.values()];
    this.#sockets.clear();
    await Promise.all(sockets.map((s) => s.close()));
  }

  async #bindAll(port: number): Promise<void> {
    let shared = port;
    for (const transport of this.#options.bind.transports) {
      const bind = transport === 'udp' ? bindUdp : bindTcp;
      const socket = await bind(this.#options.bind.host, shared, (bytes, source) => this.#receive(bytes, source));
      this.#sockets.set(transport, socket);
      shared = socket.port;
    }
    this.#port = shared;
  }

  #receive(bytes: Buffer, source: SipPeer): void {
    try {
      // Keep-alives of NAT-ed peers: CRLF or a few zero bytes.
      if (bytes.length < 12) return;
      const parsed = parseMessage(bytes);
      if (!parsed.ok) {
        this.#options.log.debug({ problem: parsed.problem, source, bytes: bytes.length }, 'sip.message_refused');
        return;
      }
      const message = parsed.message.kind === 'request' ? stampSource(parsed.message, source) : parsed.message;
      this.#withFaults('in', message, source, () => {
        this.#options.tap?.('in', message, source);
        this.#options.onMessage(message, source);
      });
    } catch (err) {
      this.#options.log.error({ err, source }, 'sip.message_failed');
    }
  }

  #withFaults(direction: Parameters<FaultHook>[0], message: SipMessage, peer: SipPeer, pass: () => void): void {
    const verdict = this.#options.faults?.(direction, message, peer) ?? 'pass';
    if (verdict === 'pass') pass();
    else if (verdict !== 'drop') {
      const timer = setTimeout(() => {
        this.#delayed.delete(timer);
        try {
          pass();
        } catch (err) {
          this.#options.log.error({ err }, 'sip.message_failed');
        }
      }, verdict.delayMs);
      this.#delayed.add(timer);
    }
  }

  /** UDP responses go where the top Via says (received, rport or sent-by port); TCP ones back on their connection. */
  #responseTarget(message: SipMessage, peer: SipPeer): SipPeer {
    if (message.kind === 'request' || peer.transport === 'tcp') return peer;
    const { via } = fieldsOf(message);
    const port = Number(via.params['rport'] ?? '') || via.port || 5060;
    return { transport: 'udp', host: via.params['received'] ?? peer.host, port };
  }
}

/** Adds received (always) and rport (when asked) to the top Via, RFC 3261 18.2.1 and RFC 3581. */
export function stampSource(request: SipRequest, source: SipPeer): SipRequest {
  const index = request.headers.findIndex((h) => canonicalName(h.name) === 'via');
  const top = request.headers[index];
  if (!top) return request;
  const parts = top.value.split(';');
  const asksPort = parts.some((p) => p.trim().toLowerCase() === 'rport');
  const kept = parts.filter((p) => {
    const lower = p.trim().toLowerCase();
    return lower !== 'rport' && !lower.startsWith('rport=') && !lower.startsWith('received=');
  });
  const value = [...kept, `received=${source.host}`, ...(asksPort ? [`rport=${source.port}`] : [])].join(';');
  return { ...request, headers: request.headers.with(index, { name: top.name, value }) };
}

function reachable(host: string): string {
  if (isIP(host) === 0 || (host !== '0.0.0.0' && host !== '::')) return host;
  const family = host === '::' ? 'IPv6' : 'IPv4';
  const found = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find((i) => !i.internal && i.family === family);
  return found?.address ?? (host === '::' ? '::1' : '127.0.0.1');
}
