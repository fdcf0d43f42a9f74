import { errors, headers, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { carryTrace } from '@callplane/telemetry';

export interface BusSubscription {
  unsubscribe(): void;
}

/** Nobody subscribes to the subject: the process that would answer is gone or not up yet. */
export class NoResponderError extends Error {
  constructor(subject: string) {
    super(`nobody answers on ${subject}`);
    this.name = 'NoResponderError';
  }
}

const encoder = new TextEncoder();

/**
 * Live traffic over core NATS: binary frames and small JSON messages that may be lost. A throwing callback is reported to
 * `onError` and never kills the subscription.
 */
export class NatsBus {
  private readonly nc: NatsConnection;
  private readonly onError: (error: unknown, subject: string) => void;

  constructor(nc: NatsConnection, onError: (error: unknown, subject: string) => void = () => undefined) {
    this.nc = nc;
    this.onError = onError;
  }

  /** Publishes bytes as they are. While disconnected the client buffers; when it is closed the frame is dropped. */
  publish(subject: string, payload: Uint8Array): void {
    if (!this.nc.isClosed()) this.nc.publish(subject, payload);
  }

  /** Publishes JSON with the active trace in the headers. */
  publishJson(subject: string, value: unknown): void {
    if (!this.nc.isClosed())
      this.nc.publish(subject, encoder.encode(JSON.stringify(value)), { headers: traceHeaders() });
  }

  /** `callback` gets each message's bytes; the array is only valid during the call, copy what you keep. */
  subscribe(subject: string, callback: (data: Uint8Array, subject: string) => void, queue?: string): BusSubscription {
    return this.subscribeRaw(subject, (msg) => callback(msg.data, msg.subject), queue);
  }

  subscribeJson(subject: string, callback: (value: unknown, subject: string) => void, queue?: string): BusSubscription {
    return this.subscribeRaw(subject, (msg) => callback(msg.json(), msg.subject), queue);
  }

  /** Answers requests on `subject` with the JSON that `handler` resolves to. A throw answers nothing: the caller times out. */
  respond(subject: string, handler: (value: unknown) => Promise<unknown>, queue?: string): BusSubscription {
    return this.subscribeRaw(
      subject,
      (msg) => {
        handler(msg.json())
          .then((reply) => msg.respond(JSON.stringify(reply)))
          .catch((error: unknown) => this.onError(error, subject));
      },
      queue,
    );
  }

  /** @throws NoResponderError at once when nobody subscribes; a TimeoutError after `timeoutMs`. */
  async request(subject: string, value: unknown, timeoutMs: number): Promise<unknown> {
    try {
      const options = { timeout: timeoutMs, headers: traceHeaders() };
      const reply = await this.nc.request(subject, JSON.stringify(value), options);
      return reply.json();
    } catch (error) {
      if (error instanceof errors.NoRespondersError) throw new NoResponderError(subject);
      if (error instanceof errors.RequestError && error.isNoResponders()) throw new NoResponderError(subject);
      throw error;
    }
  }

  async flush(): Promise<void> {
    await this.nc.flush();
  }

  async close(): Promise<void> {
    if (!this.nc.isClosed()) await this.nc.drain().catch(() => this.nc.close());
  }

  private subscribeRaw(subject: string, callback: (msg: Msg) => void, queue: string | undefined): BusSubscription {
    const subscription = this.nc.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, msg) => {
        if (error !== null) return this.onError(error, subject);
        try {
          callback(msg);
        } catch (failure) {
          this.onError(failure, msg.subject);
        }
      },
    });
    return { unsubscribe: () => subscription.unsubscribe() };
  }
}

/** The active trace as NATS headers. */
function traceHeaders(): ReturnType<typeof headers> {
  const result = headers();
  for (const [key, value] of Object.entries(carryTrace())) result.set(key, value);
  return result;
}
