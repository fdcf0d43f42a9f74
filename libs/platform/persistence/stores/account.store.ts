import type { DataSource } from 'typeorm';
import { AccountEntity } from '../entities/index.ts';

/** The `account` table as its owner sees it. */
export class AccountStore {
  private readonly db: DataSource;
  constructor(db: DataSource) {
    this.db = db;
  }

  async read(accountId: string): Promise<AccountEntity | undefined> {
    return (await this.db.getRepository(AccountEntity).findOneBy({ id: accountId })) ?? undefined;
  }

  /** Sets what is given. `settings` replaces those the account had. */
  async update(
    accountId: string,
    change: { concurrencyCap?: number; settings?: Record<string, unknown> },
  ): Promise<AccountEntity | undefined> {
    if (Object.keys(change).length > 0)
      await this.db.getRepository(AccountEntity).update({ id: accountId }, change as object);
    return this.read(accountId);
  }
}
