import { isIP } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { Agent, request } from 'undici';
import { isSafeAddress, safeLookup } from './safe-address.ts';

export interface WebhookMessage {
  /** The event's id: constant over all tries, the receiver's idempotency key. */
  id: string;
  url: string;
  /** `whsec_...` */
  secret: string;
  body: string;
}

export interface SendResult {
  status: number | null;
  retryAfter: string | null;
  error: string | null;
}

const READ_LIMIT_BYTES = 64 * 1024;

/** Posts signed bodies over pooled connections. Never follows a redirect, never reaches a private address, never throws. */
export class WebhookSender {
  private readonly loopbackAllowed: boolean;
  private readonly timeoutMs: number;
  private readonly agent: Agent;

  constructor(options: { loopbackAllowed: boolean; timeoutMs: number; connectionsPerHost: number }) {
    this.loopbackAllowed = options.loopbackAllowed;
    this.timeoutMs = options.timeoutMs;
    this.agent = new Agent({
      connections: options.connectionsPerHost,
      pipelining: 1,
      keepAliveTimeout: 10_000,
      connect: { timeout: 5000, lookup: safeLookup(options.loopbackAllowed) as never },
    });
  }

  async send(message: WebhookMessage, now: Date): Promise<SendResult> {
    const refused = this.refuse(message.url);
    if (refused !== null) return { status: null, retryAfter: null, error: refused };
    try {
      const answer = await request(message.url, {
        method: 'POST',
        dispatcher: this.agent,
        signal: AbortSignal.timeout(this.timeoutMs),
        headers: {
          'content-type': 'application/json',
          'user-agent': 'callplane-webhooks/1',
          'webhook-id': message.id,
          'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
          'webhook-signature': new Webhook(message.secret).sign(message.id, now, message.body),
        },
        body: message.body,
      });
      await answer.body.dump({ limit: READ_LIMIT_BYTES });
      const retryAfter = answer.headers['retry-after'];
      return { status: answer.statusCode, retryAfter: typeof retryAfter === 'string' ? retryAfter : null, error: null };
    } catch (error) {
      return { status: null, retryAfter: null, error: sentenceOf(error, this.timeoutMs) };
    }
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }

  /** A literal address is never looked up, so it is judged here; the URL parser has already unfolded decimal, octal and hex forms. */
  private refuse(url: string): string | null {
    const { protocol, hostname } = new URL(url);
    if (protocol !== 'https:' && !(protocol === 'http:' && this.loopbackAllowed))
      return 'webhooks go to https URLs only';
    const literal = hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) === 0 || isSafeAddress(literal, this.loopbackAllowed)) return null;
    return `${hostname} is an address that webhooks may not reach`;
  }
}

function sentenceOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? error.message : `${code}: ${error.message}`;
}
