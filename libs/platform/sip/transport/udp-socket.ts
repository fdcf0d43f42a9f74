import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { SipPeer } from '../agent/api.ts';

/** Raw bytes in and out of one bound socket. */
export interface PacketSocket {
  readonly port: number;
  /** `onError` is called at most once, later, when the bytes could not be sent. */
  send(bytes: Buffer, peer: SipPeer, onError: (err: Error) => void): void;
  close(): Promise<void>;
}

/** Binds UDP. Throws the socket's own error when the port is taken. */
export async function bindUdp(
  host: string,
  port: number,
  onDatagram: (bytes: Buffer, source: SipPeer) => void,
): Promise<PacketSocket> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  const listening = once(socket, 'listening');
  socket.bind({ address: host, port, exclusive: true });
  try {
    await listening;
  } catch (err) {
    socket.close();
    throw err;
  }
  socket.on('message', (bytes, from) => onDatagram(bytes, { host: from.address, port: from.port, transport: 'udp' }));
  // Errors of single sends come back through their callbacks; anything else must not end the process.
  socket.on('error', () => undefined);
  let closed = false;
  return {
    port: socket.address().port,
    send(bytes, peer, onError) {
      if (closed) return;
      socket.send(bytes, peer.port, peer.host, (err) => {
        if (err) onError(err);
      });
    },
    async close() {
      if (closed) return;
      closed = true;
      await new Promise<void>((resolve) => socket.close(() => resolve()));
    },
  };
}
