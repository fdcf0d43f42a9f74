import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { randomInt } from 'node:crypto';

/** Even ports from `min` to `max`, inclusive. */
export interface PortRange {
  readonly min: number;
  readonly max: number;
}

/** Below 32768: outside the kernel's usual ephemeral range, where other sockets (ICE) land by chance. */
export const DEFAULT_RTP_PORTS: PortRange = { min: 20_000, max: 32_766 };

const ATTEMPTS = 100;

async function bindAt(host: string, port: number): Promise<Socket | undefined> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  try {
    const listening = once(socket, 'listening');
    socket.bind({ address: host, port, exclusive: true });
    await listening;
    return socket;
  } catch (err) {
    socket.close();
    if ((err as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw new Error(`cannot bind an RTP port on ${host}`, { cause: err });
  }
}

/** Binds a random even UDP port of the range. Throws when a hundred tries all find the port taken. */
export async function bindRtpPort(host: string, range: PortRange = DEFAULT_RTP_PORTS): Promise<Socket> {
  const first = range.min + (range.min % 2);
  const choices = Math.floor((range.max - first) / 2) + 1;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const socket = await bindAt(host, first + 2 * randomInt(Math.max(1, choices)));
    if (socket) return socket;
  }
  throw new Error(`no free RTP port on ${host} between ${range.min} and ${range.max}`);
}
