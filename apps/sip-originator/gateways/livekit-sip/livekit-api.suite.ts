import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A recorded answer of LiveKit's server API. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * LiveKit's server API as far as the gateway asks it, answering with recorded bodies over real HTTP: no LiveKit SIP service runs
 * on a test machine. `dialling` is the answer to CreateSIPParticipant, given when the test says so.
 */
export class PlayedLiveKit {
  readonly asked: string[] = [];
  /** Participants of every room, as ListParticipants shows them. */
  participants: { identity: string; kind: string; attributes: Record<string, string> }[] = [];
  /** True: a removed participant stays listed, as one that does not let go. */
  clings = false;
  /** True: the room service answers 500. */
  broken = false;
  private answerDial: (answer: ApiAnswer) => void = () => undefined;
  private readonly dialAnswer = new Promise<ApiAnswer>((resolve) => (this.answerDial = resolve));
  private readonly server: Server = createServer((request, response) => {
    void this.answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  });

  async start(): Promise<{ url: string; apiKey: string; apiSecret: string }> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const { port } = this.server.address() as AddressInfo;
    return { url: `ws://127.0.0.1:${port}`, apiKey: 'devkey', apiSecret: 's'.repeat(40) };
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** What became of the INVITE. */
  dialled(answer: ApiAnswer): void {
    this.answerDial(answer);
  }

  shows(identity: string, callStatus: string): void {
    this.participants = [{ identity, kind: 'SIP', attributes: { 'sip.callStatus': callStatus } }];
  }

  private async answer(request: IncomingMessage): Promise<ApiAnswer> {
    const method = (request.url ?? '').split('/').at(-1) ?? '';
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { identity } = JSON.parse(text === '' ? '{}' : text) as { identity?: string };
    this.asked.push(method);
    if (method === 'CreateSIPParticipant') return this.dialAnswer;
    if (this.broken) return { status: 500, body: { code: 'internal', msg: 'down' } };
    if (method === 'ListParticipants') return { status: 200, body: { participants: this.participants } };
    if (method !== 'RemoveParticipant') return { status: 404, body: { code: 'bad_route', msg: method } };
    const there = this.participants.some((participant) => participant.identity === identity);
    if (!this.clings) this.participants = this.participants.filter((participant) => participant.identity !== identity);
    return there ? { status: 200, body: {} } : { status: 404, body: { code: 'not_found', msg: 'no participant' } };
  }
}
