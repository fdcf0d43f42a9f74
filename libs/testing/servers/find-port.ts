import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** Below the kernel's ephemeral range, so no outgoing connection takes the port while its server restarts. */
const FIRST_PORT = 20_000;
const PORT_COUNT = 10_000;
const handedOut = new Set<number>();

/** A free port on 127.0.0.1, checked by binding it for both TCP and UDP; never the same one twice in a process. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORT_COUNT);
    if (handedOut.has(port)) continue;
    if ((await canBindTcp(port)) && (await canBindUdp(port))) {
      handedOut.add(port);
      return port;
    }
  }
  throw new Error(`no free port between ${FIRST_PORT} and ${FIRST_PORT + PORT_COUNT} on 127.0.0.1`);
}

/** Apart from every other range in use here: sipp takes its RTP port and, for video, the one two above. */
const FIRST_MEDIA_PORT = 6000;
const MEDIA_BLOCKS = 950;
const MEDIA_BLOCK = 4;

/** An RTP port for sipp on 127.0.0.1, with room for the video port it binds as well. */
export async function freeMediaPort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = FIRST_MEDIA_PORT + MEDIA_BLOCK * Math.floor(Math.random() * MEDIA_BLOCKS);
    if (handedOut.has(port)) continue;
    if ((await canBindUdp(port)) && (await canBindUdp(port + 2))) {
      handedOut.add(port);
      return port;
    }
  }
  throw new Error(`no free media port from ${FIRST_MEDIA_PORT} on 127.0.0.1`);
}

/** True when nothing holds this TCP port on 127.0.0.1 (or on all addresses). */
export async function canBindTcp(port: number): Promise<boolean> {
  const server = createServer();
  const bound = settle(server, 'listening');
  server.listen({ port, host: '127.0.0.1', exclusive: true });
  if (!(await bound)) return false;
  server.close();
  await once(server, 'close');
  return true;
}

/** True when nothing holds this UDP port on 127.0.0.1. */
export async function canBindUdp(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  const bound = settle(socket, 'listening');
  socket.bind({ port, address: '127.0.0.1', exclusive: true });
  if (!(await bound)) return false;
  socket.close();
  await once(socket, 'close');
  return true;
}

/** True when something accepts TCP connections there within a second. */
export async function isListening(port: number, host = '127.0.0.1'): Promise<boolean> {
  const socket = connect({ port, host });
  socket.setTimeout(1000, () => socket.destroy(new Error('timeout')));
  const connected = await settle(socket, 'connect');
  socket.destroy();
  return connected;
}

function settle(emitter: NodeJS.EventEmitter, good: string): Promise<boolean> {
  return new Promise((resolve) => {
    emitter.once(good, () => resolve(true));
    emitter.once('error', () => resolve(false));
  });
}
