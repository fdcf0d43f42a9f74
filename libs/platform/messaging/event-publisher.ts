import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { eventSubject } from '@callplane/contracts';

/** Puts recorded events on the `CALL_EVENTS` stream for live readers. Postgres holds them; a lost one is read from there. */
export class EventPublisher {
  private readonly nc: NatsConnection;
  constructor(nc: NatsConnection) {
    this.nc = nc;
  }

  /** `id` is the event's id, so a repeat is dropped. Resolves once stored. */
  async publish(event: { id: string; type: string; callId: string; body: string }): Promise<void> {
    await jetstream(this.nc).publish(eventSubject(event.type, event.callId), event.body, {
      msgID: event.id,
      timeout: 2000,
    });
  }
}
