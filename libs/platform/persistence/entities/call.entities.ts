import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * One phone conversation. The rows are the queue, the gate and the ownership: `state = 'queued'` and no owner waits;
 * an owner, or a later state, holds a slot. Only the dispatcher writes, but for `hangup_requested_at`.
 */
@Entity({ name: 'call' })
@Index('call_ready', ['accountId', 'runAt', 'id'], { where: "state = 'queued' AND owner IS NULL" })
@Index('call_live', ['accountId'], {
  where: "direction = 'outbound' AND ended_at IS NULL AND (owner IS NOT NULL OR state <> 'queued')",
})
@Index('call_unfinished', ['createdAt'], { where: 'ended_at IS NULL OR torn_down_at IS NULL' })
@Index('call_of_account', ['accountId', 'createdAt', 'id'])
export class CallEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'call_pk' })
  id!: string;
  @Column({ name: 'account_id', type: 'text' })
  accountId!: string;
  @Column({ type: 'text' })
  direction!: 'outbound' | 'inbound';
  @Column({ type: 'text' })
  state!: string;
  /** The domain's snapshot of this call: what `decide()` folds facts into. */
  @Column({ type: 'jsonb' })
  snapshot!: Record<string, unknown>;
  @Column({ name: 'agent_id', type: 'text', nullable: true })
  agentId!: string | null;
  @Column({ name: 'pipe_id', type: 'text', nullable: true })
  pipeId!: string | null;
  @Column({ name: 'to_number', type: 'text', nullable: true })
  toNumber!: string | null;
  @Column({ name: 'from_number', type: 'text', nullable: true })
  fromNumber!: string | null;
  @Column({ name: 'number_id', type: 'text', nullable: true })
  numberId!: string | null;
  @Column({ name: 'trunk_id', type: 'text', nullable: true })
  trunkId!: string | null;
  @Column({ type: 'text', nullable: true })
  instructions!: string | null;
  @Column({ type: 'jsonb', default: {} })
  data!: Record<string, unknown>;
  @Column({ name: 'initial_call_id', type: 'text', nullable: true })
  initialCallId!: string | null;
  @Column({ name: 'end_reason', type: 'text', nullable: true })
  endReason!: string | null;
  @Column({ name: 'ended_by', type: 'text', nullable: true })
  endedBy!: string | null;
  @Column({ type: 'text', nullable: true })
  phase!: string | null;
  @Column({ name: 'sip_code', type: 'integer', nullable: true })
  sipCode!: number | null;
  @Column({ name: 'sip_reason', type: 'text', nullable: true })
  sipReason!: string | null;
  @Column({ type: 'integer', nullable: true })
  q850!: number | null;
  @Column({ type: 'text', nullable: true })
  detail!: string | null;
  /** Why a queued call has not been dialled yet: `slot`, `runner`. */
  @Column({ name: 'waiting_for', type: 'text', nullable: true })
  waitingFor!: string | null;
  /** Not claimed before this. */
  @Column({ name: 'run_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  runAt!: Date;
  /** The next deadline of the snapshot, for the sweeper. */
  @Column({ name: 'deadline_at', type: 'timestamptz', precision: 3, nullable: true })
  deadlineAt!: Date | null;
  @Column({ name: 'dial_intent_at', type: 'timestamptz', precision: 3, nullable: true })
  dialIntentAt!: Date | null;
  @Column({ name: 'hangup_requested_at', type: 'timestamptz', precision: 3, nullable: true })
  hangupRequestedAt!: Date | null;
  @Column({ name: 'room_name', type: 'text', nullable: true })
  roomName!: string | null;
  @Column({ name: 'leg_node', type: 'text', nullable: true })
  legNode!: string | null;
  @Column({ name: 'bridge_node', type: 'text', nullable: true })
  bridgeNode!: string | null;
  @Column({ name: 'worker_id', type: 'text', nullable: true })
  workerId!: string | null;
  /** The job the runner was given; a bridge token is good only for the current one. */
  @Column({ name: 'job_id', type: 'text', nullable: true })
  jobId!: string | null;
  /** The dispatcher replica that drives the call. */
  @Column({ type: 'text', nullable: true })
  owner!: string | null;
  @Column({ name: 'lease_until', type: 'timestamptz', precision: 3, nullable: true })
  leaseUntil!: Date | null;
  @Column({ type: 'integer', default: 0 })
  fence!: number;
  /** Sequence of the call's last public event. */
  @Column({ type: 'integer', default: 0 })
  sequence!: number;
  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;
  @Column({ name: 'dialed_at', type: 'timestamptz', precision: 3, nullable: true })
  dialedAt!: Date | null;
  @Column({ name: 'ringing_at', type: 'timestamptz', precision: 3, nullable: true })
  ringingAt!: Date | null;
  @Column({ name: 'active_at', type: 'timestamptz', precision: 3, nullable: true })
  activeAt!: Date | null;
  @Column({ name: 'ended_at', type: 'timestamptz', precision: 3, nullable: true })
  endedAt!: Date | null;
  /** Leg, bridge and room are verified gone. */
  @Column({ name: 'torn_down_at', type: 'timestamptz', precision: 3, nullable: true })
  tornDownAt!: Date | null;
  @Column({ name: 'modified_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  modifiedAt!: Date;
}

/** Append-only log of every state change, in commit order per call. */
@Entity({ name: 'call_transition' })
export class CallTransitionEntity {
  @PrimaryColumn({ name: 'call_id', type: 'text', primaryKeyConstraintName: 'call_transition_pk' })
  callId!: string;
  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'call_transition_pk' })
  n!: number;
  @Column({ name: 'from_state', type: 'text', nullable: true })
  fromState!: string | null;
  @Column({ name: 'to_state', type: 'text' })
  toState!: string;
  @Column({ type: 'text' })
  fact!: string;
  @Column({ type: 'text', nullable: true })
  owner!: string | null;
  @Column({ type: 'integer' })
  fence!: number;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  at!: Date;
}

/** The journal of a live SIP dialog, written by its gateway so that a restarted one can end what it lost. */
@Entity({ name: 'leg_journal' })
export class LegJournalEntity {
  @PrimaryColumn({ name: 'call_id', type: 'text', primaryKeyConstraintName: 'leg_journal_pk' })
  callId!: string;
  @Column({ type: 'text' })
  node!: string;
  @Column({ type: 'jsonb' })
  dialog!: Record<string, unknown>;
  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  updatedAt!: Date;
}

/** One sentence of either side. `heard` is the part of an agent's sentence that was really played. */
@Entity({ name: 'transcript_segment' })
export class TranscriptSegmentEntity {
  @PrimaryColumn({ name: 'call_id', type: 'text', primaryKeyConstraintName: 'transcript_segment_pk' })
  callId!: string;
  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'transcript_segment_pk' })
  n!: number;
  @Column({ type: 'text' })
  role!: 'user' | 'assistant';
  @Column({ type: 'text' })
  text!: string;
  @Column({ type: 'text', nullable: true })
  heard!: string | null;
  /** ms since the conversation started. */
  @Column({ name: 't0_ms', type: 'integer' })
  t0Ms!: number;
  @Column({ name: 't1_ms', type: 'integer' })
  t1Ms!: number;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  at!: Date;
}

/** How long each part of one turn took; milliseconds, null where the turn has no such part. */
@Entity({ name: 'turn_metric' })
export class TurnMetricEntity {
  @PrimaryColumn({ name: 'call_id', type: 'text', primaryKeyConstraintName: 'turn_metric_pk' })
  callId!: string;
  @PrimaryColumn({ name: 'turn_id', type: 'integer', primaryKeyConstraintName: 'turn_metric_pk' })
  turnId!: number;
  @Column({ type: 'jsonb' })
  figures!: Record<string, number>;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  at!: Date;
}

/** Same key, same call: remembers which call a create with this key made, and the hash of its body. */
@Entity({ name: 'idempotency_key' })
export class IdempotencyKeyEntity {
  @PrimaryColumn({ name: 'account_id', type: 'text', primaryKeyConstraintName: 'idempotency_key_pk' })
  accountId!: string;
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'idempotency_key_pk' })
  key!: string;
  @Column({ name: 'request_sha256', type: 'bytea' })
  requestSha256!: Buffer;
  @Column({ name: 'call_id', type: 'text' })
  callId!: string;
  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;
}
