import {
  AckPolicy,
  DeliverPolicy,
  jetstream,
  jetstreamManager,
  type ConsumerMessages,
  type JsMsg,
} from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import { deadSubject } from '@callplane/contracts';
import { continueTrace } from '@callplane/telemetry';
import { settlementOf, type HandlerOutcome } from './settlement.ts';

export interface StreamMessage {
  readonly subject: string;
  readonly data: unknown;
  /** 1 for the first delivery. */
  readonly deliveries: number;
}

export interface Consumption {
  /** Takes no more messages, waits for the running handlers, at most `graceMs`. */
  stop(graceMs?: number): Promise<void>;
}

export interface ConsumeOptions {
  stream: string;
  durable: string;
  /** Most handlers that run side by side. */
  concurrency: number;
  /** Key whose messages are handled strictly one after the other, in stream order (the call id). */
  keyOf: (subject: string) => string;
  handle: (message: StreamMessage) => Promise<HandlerOutcome>;
  onError: (error: unknown, subject: string) => void;
}

const ACK_WAIT_MS = 10_000;
const WORKING_EVERY_MS = 4000;

/**
 * Consumes a stream through one durable consumer shared by all replicas. Messages of one key run one after the other within
 * this process; different keys run side by side. The ack deadline is extended until the handler and any dead letter are done.
 */
export function consumeStream(nc: NatsConnection, options: ConsumeOptions): Consumption {
  const consumerInfo = {
    durable_name: options.durable,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: nanos(ACK_WAIT_MS),
    max_ack_pending: 5000,
  };
  const tails = new Map<string, Promise<void>>();
  let stopped = false;
  let messages: ConsumerMessages | undefined;

  const run = async (msg: JsMsg): Promise<void> => {
    const working = setInterval(() => msg.working(), WORKING_EVERY_MS);
    try {
      const said = stopped ? ({ outcome: 'hand-back' } as const) : await handleOne(options, msg);
      await settle(nc, msg, said);
    } catch (error) {
      options.onError(error, msg.subject);
    } finally {
      clearInterval(working);
    }
  };

  const enqueue = (msg: JsMsg): void => {
    const key = options.keyOf(msg.subject);
    const tail = (tails.get(key) ?? Promise.resolve()).then(() => run(msg));
    tails.set(key, tail);
    void tail.finally(() => {
      if (tails.get(key) === tail) tails.delete(key);
    });
  };

  // A NATS restart that lost its store also lost the stream and the consumer: make them again and go on.
  const loop = async (): Promise<void> => {
    while (!stopped) {
      try {
        const manager = await jetstreamManager(nc);
        await manager.consumers.add(options.stream, consumerInfo);
        const consumer = await jetstream(nc).consumers.get(options.stream, options.durable);
        messages = await consumer.consume({ max_messages: options.concurrency });
        for await (const msg of messages) enqueue(msg);
      } catch (error) {
        if (!stopped) options.onError(error, options.stream);
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    }
  };
  const looping = loop();

  return {
    stop: async (graceMs = 5000) => {
      stopped = true;
      await messages?.close();
      const grace = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref());
      await Promise.race([Promise.allSettled([looping, ...tails.values()]), grace]);
    },
  };
}

async function handleOne(options: ConsumeOptions, msg: JsMsg): Promise<HandlerOutcome> {
  let data: unknown;
  try {
    data = msg.json();
  } catch {
    return { outcome: 'dead', why: 'not JSON' };
  }
  const message = { subject: msg.subject, data, deliveries: msg.info.deliveryCount };
  return continueTrace(
    (name) => msg.headers?.get(name) || undefined,
    () => options.handle(message),
  ).catch((error: unknown) => {
    options.onError(error, msg.subject);
    return { outcome: 'retry' } as const;
  });
}

async function settle(nc: NatsConnection, msg: JsMsg, said: HandlerOutcome): Promise<void> {
  const settlement = settlementOf(said, msg.info.deliveryCount);
  switch (settlement.action) {
    case 'ack':
      msg.ack();
      return;
    case 'nak':
      msg.nak(settlement.delayMs);
      return;
    case 'dead-letter':
      await jetstream(nc).publish(
        deadSubject(msg.subject),
        JSON.stringify({ why: settlement.why, message: msg.string() }),
      );
      msg.ack();
      return;
  }
}
