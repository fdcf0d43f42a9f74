import { createHash } from 'node:crypto';
import type { DataSource } from 'typeorm';

/** Who a request speaks for. */
export interface Principal {
  accountId: string;
  orgHandle: string;
  keyId: string | null;
  kind: 'platform_token' | 'api_key' | 'jwt';
  scopes: string[];
}

/** Keys are long random strings, so one SHA-256 is enough; only it is stored. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();

/** Finds the account behind a credential. */
export class AuthStore {
  private readonly db: DataSource;
  constructor(db: DataSource) {
    this.db = db;
  }

  /** @returns undefined for an unknown, revoked or expired key. */
  async byToken(token: string): Promise<Principal | undefined> {
    const [row] = await this.db.query<
      { id: string; account_id: string; org_handle: string; kind: Principal['kind']; scopes: string[] }[]
    >(
      `SELECT k.id, k.account_id, k.kind, k.scopes, a.org_handle FROM api_key k JOIN account a ON a.id = k.account_id
       WHERE k.sha256 = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())`,
      [hashToken(token)],
    );
    return (
      row && { accountId: row.account_id, orgHandle: row.org_handle, keyId: row.id, kind: row.kind, scopes: row.scopes }
    );
  }

  async byOrgHandle(orgHandle: string): Promise<Principal | undefined> {
    const [row] = await this.db.query<{ id: string }[]>('SELECT id FROM account WHERE org_handle = $1', [orgHandle]);
    return row && { accountId: row.id, orgHandle, keyId: null, kind: 'jwt', scopes: [] };
  }
}
