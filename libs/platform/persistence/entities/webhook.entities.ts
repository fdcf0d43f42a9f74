import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A public event of a call, written in the same transaction as the state it tells of. `body` is sent byte-equal every time. */
@Entity({ name: 'call_event' })
@Index('call_event_sequence', ['callId', 'sequence'], { unique: true })
@Index('call_event_one_terminal', ['callId'], { unique: true, where: "type = 'call.ended'" })
@Index('call_event_unpublished', ['createdAt'], { where: 'published_at IS NULL' })
export class CallEventEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'call_event_pk' })
  id!: string;
  @Column({ name: 'account_id', type: 'text' })
  accountId!: string;
  @Column({ name: 'call_id', type: 'text' })
  callId!: string;
  @Column({ type: 'integer' })
  sequence!: number;
  @Column({ type: 'text' })
  type!: string;
  @Column({ type: 'text' })
  body!: string;
  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;
  /** Put on the event stream. */
  @Column({ name: 'published_at', type: 'timestamptz', precision: 3, nullable: true })
  publishedAt!: Date | null;
}

/** Where an account wants its events. The signing secret is sealed. */
@Entity({ name: 'webhook_endpoint' })
export class WebhookEndpointEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'webhook_endpoint_pk' })
  id!: string;
  @Column({ name: 'account_id', type: 'text' })
  @Index('webhook_endpoint_account')
  accountId!: string;
  @Column({ type: 'text' })
  url!: string;
  @Column({ name: 'secret_sealed', type: 'text' })
  secretSealed!: string;
  /** Empty = every event. */
  @Column({ name: 'event_types', type: 'text', array: true, default: () => "'{}'" })
  eventTypes!: string[];
  @Column({ name: 'disabled_at', type: 'timestamptz', precision: 3, nullable: true })
  disabledAt!: Date | null;
  @Column({ name: 'disabled_why', type: 'text', nullable: true })
  disabledWhy!: string | null;
  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;
}

/** One event for one endpoint; retried until it is delivered or dead. */
@Entity({ name: 'delivery' })
@Index('delivery_due', ['nextAt'], { where: "state = 'pending'" })
@Index('delivery_once', ['eventId', 'endpointId'], { unique: true })
@Index('delivery_of_endpoint', ['endpointId', 'createdAt'])
export class DeliveryEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'delivery_pk' })
  id!: string;
  @Column({ name: 'event_id', type: 'text' })
  eventId!: string;
  @Column({ name: 'endpoint_id', type: 'text' })
  endpointId!: string;
  @Column({ name: 'account_id', type: 'text' })
  accountId!: string;
  @Column({ type: 'text', default: 'pending' })
  state!: 'pending' | 'delivered' | 'dead';
  /** Tries so far. */
  @Column({ type: 'integer', default: 0 })
  attempts!: number;
  /** Not tried before this; a claim moves it ahead, so a sender that dies is followed by another try. */
  @Column({ name: 'next_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  nextAt!: Date;
  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;
}

/** What came of one try. */
@Entity({ name: 'delivery_attempt' })
export class DeliveryAttemptEntity {
  @PrimaryColumn({ name: 'delivery_id', type: 'text', primaryKeyConstraintName: 'delivery_attempt_pk' })
  deliveryId!: string;
  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'delivery_attempt_pk' })
  n!: number;
  /** HTTP status, null when there was no answer. */
  @Column({ type: 'integer', nullable: true })
  status!: number | null;
  @Column({ type: 'text', nullable: true })
  error!: string | null;
  @Column({ name: 'duration_ms', type: 'integer' })
  durationMs!: number;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  at!: Date;
}
