import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { LOGGER } from '@callplane/service-kit';
import type { Logger } from '@callplane/telemetry';
import { Inject, Injectable, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { WebSocketServer, type WebSocket } from 'ws';

/** Largest frame either side may send, bytes: the limit the Unpod SDK has too. A larger one closes the socket with 1009. */
const MAX_FRAME_BYTES = 1024 * 1024;
const PING_EVERY_MS = 15_000;
const PONG_WITHIN_MS = 10_000;
/** What a close frame's reason may hold, bytes. */
const MAX_REASON_BYTES = 123;
/** A peer that does not answer our close frame is cut off. */
const CLOSE_WITHIN_MS = 2000;

/** A socket that was just accepted: what follows the route's prefix in the path, the query, and the upgrade request. */
export interface Accepted {
  rest: string;
  query: URLSearchParams;
  request: IncomingMessage;
}

interface Route {
  prefix: string;
  accept: (socket: WebSocket, accepted: Accepted) => void;
}

/**
 * The WebSocket side of the one public origin. Every upgrade on a known path is accepted, also one that is about to be refused:
 * runners understand close codes, and retry for ever on an HTTP status.
 */
@Injectable()
export class SocketServer implements OnApplicationBootstrap {
  private readonly host: HttpAdapterHost;
  private readonly log: Logger;
  private readonly routes: Route[] = [];
  private readonly upgrader = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
    clientTracking: false,
  });

  constructor(@Inject(HttpAdapterHost) host: HttpAdapterHost, @Inject(LOGGER) log: Logger) {
    this.host = host;
    this.log = log;
  }

  /** `prefix` is a whole path, or one that ends in a slash and takes one more segment. */
  route(prefix: string, accept: Route['accept']): void {
    this.routes.push({ prefix, accept });
  }

  onApplicationBootstrap(): void {
    const server = this.host.httpAdapter.getHttpServer() as Server & { shouldUpgradeCallback?: unknown };
    // A client that offers h2c on a REST request must get its answer over HTTP/1.1, as if it had offered nothing.
    server.shouldUpgradeCallback = (request: IncomingMessage) => request.headers.upgrade?.toLowerCase() === 'websocket';
    server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) =>
      this.upgrade(request, stream, head),
    );
  }

  private upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const route = this.routes.find(({ prefix }) => (prefix.endsWith('/') ? path.startsWith(prefix) : path === prefix));
    if (route === undefined) {
      stream.on('error', () => undefined);
      stream.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const rest = path.slice(route.prefix.length);
    this.upgrader.handleUpgrade(request, stream, head, (socket) => {
      socket.on('error', (error) => this.log.info({ err: error, path: route.prefix }, 'socket.failed'));
      watchPeer(socket);
      route.accept(socket, { rest, query: new URLSearchParams(query), request });
    });
  }
}

/** Shared by both socket folders; Nest makes one. */
@Module({ providers: [SocketServer], exports: [SocketServer] })
export class SocketServerModule {}

/** Pings; a peer that does not answer in time is cut off (its side sees 1006). */
function watchPeer(socket: WebSocket): void {
  let late: NodeJS.Timeout | undefined;
  const pinging = setInterval(() => {
    if (socket.readyState !== socket.OPEN) return;
    socket.ping();
    late ??= setTimeout(() => socket.terminate(), PONG_WITHIN_MS);
  }, PING_EVERY_MS);
  socket.on('pong', () => {
    clearTimeout(late);
    late = undefined;
  });
  socket.on('close', () => {
    clearInterval(pinging);
    clearTimeout(late);
  });
}

/** Closes an open socket with a reason cut to what a close frame holds, and cuts the peer off when it does not answer. */
export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  if (socket.readyState !== socket.OPEN) return;
  const late = setTimeout(() => socket.terminate(), CLOSE_WITHIN_MS);
  socket.once('close', () => clearTimeout(late));
  socket.close(code, fitReason(reason));
}

/** The longest start of `reason` that fits a close frame, never half a character. */
export function fitReason(reason: string): string {
  const bytes = Buffer.from(reason);
  if (bytes.length <= MAX_REASON_BYTES) return reason;
  return new TextDecoder().decode(bytes.subarray(0, MAX_REASON_BYTES), { stream: true });
}

/** A frame's text; the SDK sends text frames, binary JSON is read alike. */
export function frameText(data: Buffer | ArrayBuffer | Buffer[]): string {
  if (Buffer.isBuffer(data)) return data.toString('utf8');
  return Array.isArray(data) ? Buffer.concat(data).toString('utf8') : Buffer.from(data).toString('utf8');
}

/** Waits for every socket of a process that stops to be gone; each is cut off after a while, so this ends. */
export async function closeAll(sockets: Iterable<WebSocket>, code: number, reason: string): Promise<void> {
  const open = [...sockets].filter((socket) => socket.readyState !== socket.CLOSED);
  await Promise.all(
    open.map((socket) => {
      const gone = new Promise((resolve) => socket.once('close', resolve));
      closeSocket(socket, code, reason);
      return gone;
    }),
  );
}
