import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** When a row was made, and last changed. */
abstract class Stamped {
  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;
  @Column({ name: 'modified_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  modifiedAt!: Date;
}

/** Which ear and which voice: STT and TTS provider, voice, language. `account_id` null = offered to every account. */
@Entity({ name: 'voice_profile' })
export class VoiceProfileEntity extends Stamped {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'voice_profile_pk' })
  id!: string;
  @Column({ name: 'account_id', type: 'text', nullable: true })
  accountId!: string | null;
  @Column({ type: 'text' })
  name!: string;
  @Column({ type: 'text', nullable: true })
  description!: string | null;
  @Column({ type: 'text', nullable: true })
  gender!: string | null;
  @Column({ type: 'text' })
  language!: string;
  @Column({ name: 'stt_provider', type: 'text' })
  sttProvider!: string;
  @Column({ name: 'stt_model', type: 'text', nullable: true })
  sttModel!: string | null;
  @Column({ name: 'tts_provider', type: 'text' })
  ttsProvider!: string;
  @Column({ name: 'tts_voice', type: 'text' })
  ttsVoice!: string;
  @Column({ name: 'greeting_message', type: 'text', nullable: true })
  greetingMessage!: string | null;
}

/** The customer's dialog brain, named by the customer. */
@Entity({ name: 'agent' })
export class AgentEntity extends Stamped {
  @PrimaryColumn({ name: 'account_id', type: 'text', primaryKeyConstraintName: 'agent_pk' })
  accountId!: string;
  @PrimaryColumn({ name: 'agent_id', type: 'text', primaryKeyConstraintName: 'agent_pk' })
  agentId!: string;
  @Column({ type: 'text' })
  name!: string;
  @Column({ type: 'jsonb', default: {} })
  brain!: Record<string, unknown>;
  /** What the SDK set (background sound, domain, max_concurrent, ...): stored and shown. */
  @Column({ type: 'jsonb', default: {} })
  settings!: Record<string, unknown>;
}

/** Speech Pipe: voice profile + agent + call settings, attached to numbers. */
@Entity({ name: 'pipe' })
@Index('pipe_default_of_agent', ['accountId', 'agentId'], { unique: true, where: 'is_default' })
export class PipeEntity extends Stamped {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pipe_pk' })
  id!: string;
  @Column({ name: 'account_id', type: 'text' })
  @Index('pipe_account')
  accountId!: string;
  @Column({ type: 'text' })
  name!: string;
  @Column({ name: 'agent_id', type: 'text', nullable: true })
  agentId!: string | null;
  @Column({ name: 'voice_profile_id', type: 'text', nullable: true })
  voiceProfileId!: string | null;
  @Column({ type: 'text', nullable: true })
  greeting!: string | null;
  /** The pipe a call by `agent_id` uses. At most one an agent. */
  @Column({ name: 'is_default', type: 'boolean', default: false })
  isDefault!: boolean;
  @Column({ type: 'boolean', default: false })
  recording!: boolean;
  @Column({ name: 'max_call_duration_s', type: 'integer', default: 3600 })
  maxCallDurationS!: number;
  /** Thresholds and options by name (`ring_timeout_s`, `silence_s`, `hints`, ...); docs/configuration.md lists them. */
  @Column({ type: 'jsonb', default: {} })
  settings!: Record<string, unknown>;
}

/** A way to the phone network. `kind` picks the gateway adapter. The password is sealed. */
@Entity({ name: 'trunk' })
export class TrunkEntity extends Stamped {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'trunk_pk' })
  id!: string;
  @Column({ name: 'account_id', type: 'text' })
  @Index('trunk_account')
  accountId!: string;
  @Column({ type: 'text' })
  name!: string;
  @Column({ type: 'text' })
  kind!: 'embedded' | 'livekit-sip';
  /** `sip:host:port;transport=udp|tcp` of the SIP peer; for livekit-sip the carrier's host. */
  @Column({ type: 'text' })
  uri!: string;
  @Column({ name: 'auth_username', type: 'text', nullable: true })
  authUsername!: string | null;
  @Column({ name: 'auth_password_sealed', type: 'text', nullable: true })
  authPasswordSealed!: string | null;
  /** LiveKit's own trunk id, for livekit-sip. */
  @Column({ name: 'provider_trunk_id', type: 'text', nullable: true })
  providerTrunkId!: string | null;
}

/** A phone number of the account, on one trunk, attached to at most one pipe. */
@Entity({ name: 'number' })
@Index('number_of_account', ['accountId', 'number'], { unique: true })
export class NumberEntity extends Stamped {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'number_pk' })
  id!: string;
  @Column({ name: 'account_id', type: 'text' })
  accountId!: string;
  /** E.164. */
  @Column({ type: 'text' })
  number!: string;
  @Column({ name: 'trunk_id', type: 'text' })
  trunkId!: string;
  @Column({ type: 'text', nullable: true })
  country!: string | null;
  @Column({ name: 'pipe_id', type: 'text', nullable: true })
  pipeId!: string | null;
  @Column({ name: 'agent_id', type: 'text', nullable: true })
  agentId!: string | null;
}

/** A customer's process that serves an agent. The row lives as long as its control socket and heartbeats do. */
@Entity({ name: 'runner' })
@Index('runner_of_agent', ['accountId', 'agentId'])
export class RunnerEntity {
  @PrimaryColumn({ name: 'account_id', type: 'text', primaryKeyConstraintName: 'runner_pk' })
  accountId!: string;
  @PrimaryColumn({ name: 'worker_id', type: 'text', primaryKeyConstraintName: 'runner_pk' })
  workerId!: string;
  @Column({ name: 'agent_id', type: 'text' })
  agentId!: string;
  @Column({ type: 'text' })
  pool!: string;
  @Column({ type: 'integer' })
  capacity!: number;
  /** What the runner last said of itself; the calls assigned to it are counted from the call rows. */
  @Column({ type: 'integer', default: 0 })
  active!: number;
  /** The api process that holds the control socket. */
  @Column({ type: 'text' })
  gateway!: string;
  @Column({ type: 'jsonb', default: {} })
  placement!: Record<string, unknown>;
  @Column({ name: 'heartbeat_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  heartbeatAt!: Date;
  @Column({ name: 'connected_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  connectedAt!: Date;
}
