import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitFor } from '@callplane/testing';
import { Webhook } from 'standardwebhooks';
import type { Platform } from './platform.ts';

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

export interface SinkEvent {
  id: string;
  type: string;
  sequence: number;
  data: Record<string, any>;
}

/** A registered webhook endpoint; every event it hands out has a signature the official verifier accepted. */
export class WebhookSink {
  private readonly received: Received[] = [];
  private readonly server: Server;
  private secret = '';
  private endpointId = '';

  private constructor(server: Server) {
    this.server = server;
  }

  static async register(platform: Platform): Promise<WebhookSink> {
    const server = createServer();
    const sink = new WebhookSink(server);
    server.on('request', (request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        sink.received.push({ headers: request.headers, body });
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    const answer = await platform.rest('POST', '/v1/webhook-endpoints', { url });
    if (answer.status !== 201) throw new Error(`register webhook: ${answer.status} ${JSON.stringify(answer.body)}`);
    sink.secret = answer.body.data.secret;
    sink.endpointId = answer.body.data.endpoint_id ?? answer.body.data.id;
    return sink;
  }

  /** Events of one call in the order of their sequence. */
  eventsOf(callId: string): SinkEvent[] {
    const mine = this.received.filter(({ body }) => body.includes(callId));
    const events = mine.map(({ headers, body }) => {
      const event = new Webhook(this.secret).verify(body, headers as Record<string, string>) as Omit<SinkEvent, 'id'>;
      return { ...event, id: String(headers['webhook-id']) };
    });
    return events.filter((event) => event.data['call_id'] === callId).sort((a, b) => a.sequence - b.sequence);
  }

  async untilEnded(callId: string): Promise<SinkEvent[]> {
    await waitFor(`call.ended of ${callId}`, () => this.eventsOf(callId).some((event) => event.type === 'call.ended'));
    return this.eventsOf(callId);
  }

  async close(platform: Platform): Promise<void> {
    await platform.rest('DELETE', `/v1/webhook-endpoints/${this.endpointId}`);
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
