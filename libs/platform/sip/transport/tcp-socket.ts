import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import type { SipPeer } from '../agent/api.ts';
import { StreamFramer } from './stream-framer.ts';
import type { PacketSocket } from './udp-socket.ts';

const IDLE_MS = 600_000;
const MAX_CONNECTIONS = 1_000;

/** Open connections by peer, shared by what we dialled and what was accepted. */
class ConnectionPool {
  readonly #open = new Map<string, Socket>();
  readonly #onMessage: (bytes: Buffer, source: SipPeer) => void;

  constructor(onMessage: (bytes: Buffer, source: SipPeer) => void) {
    this.#onMessage = onMessage;
  }

  find(peer: SipPeer): Socket | undefined {
    const socket = this.#open.get(`${peer.host}:${peer.port}`);
    return socket?.writable ? socket : undefined;
  }

  adopt(socket: Socket, peer: SipPeer): Socket {
    const key = `${peer.host}:${peer.port}`;
    const framer = new StreamFramer();
    this.#open.set(key, socket);
    socket.setNoDelay(true);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on('data', (chunk) => {
      const messages = framer.push(chunk);
      if (!messages) socket.destroy();
      for (const bytes of messages ?? []) this.#onMessage(bytes, peer);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#open.get(key) === socket) this.#open.delete(key);
    });
    return socket;
  }

  destroyAll(): void {
    for (const socket of this.#open.values()) socket.destroy();
  }
}

function plainAddress(address: string | undefined): string {
  return address?.startsWith('::ffff:') ? address.slice('::ffff:'.length) : (address ?? '');
}

/** Listens on TCP and dials on demand; one connection a peer, reused both ways. Throws when the port is taken. */
export async function bindTcp(
  host: string,
  port: number,
  onMessage: (bytes: Buffer, source: SipPeer) => void,
): Promise<PacketSocket> {
  const pool = new ConnectionPool(onMessage);
  const server = createServer((socket) => {
    pool.adopt(socket, { host: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0, transport: 'tcp' });
  });
  server.maxConnections = MAX_CONNECTIONS;
  const listening = once(server, 'listening');
  server.listen({ host, port, exclusive: true });
  await listening;
  server.on('error', () => undefined);
  const address = server.address();
  let closed = false;
  return {
    port: typeof address === 'object' && address ? address.port : port,
    send(bytes, peer, onError) {
      if (closed) return;
      const socket = pool.find(peer) ?? pool.adopt(connect(peer.port, peer.host), peer);
      let reported = false;
      const fail = (err: Error): void => {
        if (!reported) onError(err);
        reported = true;
      };
      socket.once('error', fail);
      socket.write(bytes, (err) => {
        socket.off('error', fail);
        if (err) fail(err);
      });
    },
    async close() {
      if (closed) return;
      closed = true;
      const done = new Promise<void>((resolve) => server.close(() => resolve()));
      pool.destroyAll();
      await done;
    },
  };
}
