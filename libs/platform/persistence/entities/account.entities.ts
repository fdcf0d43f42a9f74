import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A customer (the SDK's org): owns a concurrency cap, keys, pipes, numbers, webhooks. */
@Entity({ name: 'account' })
export class AccountEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'account_pk' })
  id!: string;
  @Column({ name: 'org_handle', type: 'text' })
  @Index('account_org_handle', { unique: true })
  orgHandle!: string;
  @Column({ type: 'text' })
  name!: string;
  /** Most outbound calls that dial, ring or talk at once. */
  @Column({ name: 'concurrency_cap', type: 'integer', default: 10 })
  concurrencyCap!: number;
  /** Account-wide call settings; a pipe's own win. */
  @Column({ type: 'jsonb', default: {} })
  settings!: Record<string, unknown>;
  /** Where the fair rotation of the gate stands: the account served longest ago comes first. */
  @Column({ name: 'served_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  servedAt!: Date;
  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;
}

/** A credential. Only its SHA-256 is stored; `prefix` is what a list shows. */
@Entity({ name: 'api_key' })
export class ApiKeyEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'api_key_pk' })
  id!: string;
  @Column({ name: 'account_id', type: 'text' })
  @Index('api_key_account')
  accountId!: string;
  @Column({ type: 'text' })
  name!: string;
  /** platform_token: `Authorization: Token`, may run runners. api_key: `Authorization: Bearer`, REST only. */
  @Column({ type: 'text' })
  kind!: 'platform_token' | 'api_key';
  @Column({ type: 'text' })
  prefix!: string;
  @Column({ type: 'bytea' })
  @Index('api_key_sha256', { unique: true })
  sha256!: Buffer;
  @Column({ type: 'text', array: true, default: () => "'{}'" })
  scopes!: string[];
  @Column({ name: 'expires_at', type: 'timestamptz', precision: 3, nullable: true })
  expiresAt!: Date | null;
  @Column({ name: 'revoked_at', type: 'timestamptz', precision: 3, nullable: true })
  revokedAt!: Date | null;
  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;
}
