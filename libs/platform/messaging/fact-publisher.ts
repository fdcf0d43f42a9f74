import { jetstream } from '@nats-io/jetstream';
import { headers, type NatsConnection } from '@nats-io/transport-node';
import { factSubject, type FactEnvelope } from '@callplane/contracts';
import { carryTrace } from '@callplane/telemetry';

const RETRY_MS = 200;

/**
 * Puts facts on the `CALL_FACTS` stream, in the order given for each call, repeating until the stream has stored each one (the
 * fact's id drops repeats). A fact is kept in memory until then, so a NATS that is away delays facts and loses none.
 */
export class FactPublisher {
  private readonly nc: NatsConnection;
  private readonly tails = new Map<string, Promise<void>>();
  private readonly onRetry: (error: unknown, fact: FactEnvelope) => void;

  constructor(nc: NatsConnection, onRetry: (error: unknown, fact: FactEnvelope) => void = () => undefined) {
    this.nc = nc;
    this.onRetry = onRetry;
  }

  /** Resolves once the stream has the fact. */
  publish(fact: FactEnvelope): Promise<void> {
    const trace = carryTrace();
    const tail = (this.tails.get(fact.callId) ?? Promise.resolve()).then(() => this.deliver(fact, trace));
    this.tails.set(fact.callId, tail);
    void tail.finally(() => {
      if (this.tails.get(fact.callId) === tail) this.tails.delete(fact.callId);
    });
    return tail;
  }

  /** Facts not yet stored, by call. */
  get pendingCalls(): number {
    return this.tails.size;
  }

  private async deliver(fact: FactEnvelope, trace: Record<string, string>): Promise<void> {
    const hdrs = headers();
    for (const [key, value] of Object.entries(trace)) hdrs.set(key, value);
    while (!this.nc.isClosed()) {
      try {
        const body = JSON.stringify(fact);
        await jetstream(this.nc).publish(factSubject(fact.type, fact.callId), body, {
          msgID: fact.id,
          headers: hdrs,
          timeout: 2000,
        });
        return;
      } catch (error) {
        this.onRetry(error, fact);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}
