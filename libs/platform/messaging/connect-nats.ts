import { connect, type NatsConnection } from '@nats-io/transport-node';

export type { NatsConnection };

/** Connects and stays connected: reconnects for ever with 250 ms between tries, so a NATS restart costs only the time it is away. */
export async function connectNats(url: string, name: string): Promise<NatsConnection> {
  return connect({
    servers: url.split(','),
    name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 50,
    waitOnFirstConnect: true,
    pingInterval: 10_000,
    maxPingOut: 2,
  });
}
